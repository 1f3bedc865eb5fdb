using System.Text.RegularExpressions;

namespace Webstream.ServiceDefaults.Settings;

/// <summary>
/// Recognises a text that stands for a value: a variable that the program which starts this one did not fill in (<c>${user_config.api_key}</c>,
/// <c>%KEY%</c>), or what an example tells people to replace (<c>your-key</c>). As a key, such a text would be known to everybody.
/// <c>webstream-mcp</c> compiles this file too.
/// </summary>
public static partial class Placeholder
{
    /// <summary>What an error says of such a value, behind the setting's name. The value itself is not in it: it may be part of a secret.</summary>
    public const string Refusal =
        "holds a placeholder, such as ${NAME} or your-key, that nothing has filled in. Write the value itself, or leave the setting out.";

    private static readonly char[] Brackets = ['<', '>', '[', ']', '{', '}', '(', ')', '"', '\'', ' ', '.', '!'];

    /// <summary>Whether the value of a setting is a placeholder, or holds one where that can be told.</summary>
    /// <param name="name">The setting's name. A secret is judged as a whole, because any text can be part of it.</param>
    /// <param name="value">Its value.</param>
    public static bool IsSetting(string name, string value) =>
        name.EndsWith("Key", StringComparison.OrdinalIgnoreCase) || name.EndsWith("Secret", StringComparison.OrdinalIgnoreCase) ? Is(value)
        // A password is another program's, which may have accepted words that only look like a placeholder.
        : name.EndsWith("Password", StringComparison.OrdinalIgnoreCase) ? IsVariable(value)
        // Browsers send the origin null. The setting has a better answer to it.
        : !(name.EndsWith("Origins", StringComparison.OrdinalIgnoreCase) && value.Trim() == "null") && IsIn(value);

    /// <summary>Whether a key is a placeholder, or holds one beyond doubt. A key that was made at random is none.</summary>
    public static bool Is(string text) =>
        IsVariable(text) || WithinKey().IsMatch(text) || Repeated().IsMatch(text.Trim())
        || (WordsOf(text) is var words && (Asking().IsMatch(words) || Nothing().IsMatch(words) || Example().IsMatch(words)));

    /// <summary>Whether the whole text is the name of a variable that was not filled in.</summary>
    public static bool IsVariable(string text) => Variable().IsMatch(text.Trim());

    /// <summary>Whether a text that is not secret is a placeholder, or holds one: <c>https://${HOST}/</c>.</summary>
    public static bool IsIn(string text) =>
        text.Contains("password=", StringComparison.OrdinalIgnoreCase)
            // Redis' options. A value can only be judged as a whole, because the password may have any character.
            ? text.Split(',').Any(option => option.Split('=', 2) is [_, var value] ? IsVariable(value) : IsIn(option))
            : Repeated().IsMatch(text.Trim()) || Nothing().IsMatch(WordsOf(text)) || Embedded().IsMatch(text)
                || text.Split('/', ',', ';', ':', '?', '@', '=').Append(text).Any(part => IsVariable(part) || Asking().IsMatch(WordsOf(part)));

    // In lower case, and with a hyphen between two words: "<YOUR_API KEY>" is "your-api-key".
    private static string WordsOf(string text) => Between().Replace(text.Trim(Brackets).ToLowerInvariant(), "-");

    // ${KEY} ${user_config.api_key} ${input:key} ${env:KEY} ${KEY:-other} ${{ secrets.KEY }} $(KEY) $[KEY]; {{key}} {key} {% key %}; #{KEY}
    // #{KEY}# %{KEY} %(key)s %KEY% %%KEY%% @KEY@ __KEY__ ((key)) <key> <%= key %>; $KEY $webstream_key $env:KEY.
    [GeneratedRegex(
        """
        \A(?:
            \$\{+ \s* [A-Za-z_] [\w.:/?=+\s-]* \}+
          | \$\( \s* [A-Za-z_] [\w.:/\s-]* \)
          | \$\[ \s* [A-Za-z_] [\w.:/\s-]* \]
          | \{\{+ [\#/&]? [\w.:$\s|-]+ \}\}+
          | \[\[+ \s* [A-Za-z_] [\w.:\s-]* \]\]+
          | \{%? \s* [A-Za-z_] [\w.\s-]* %?\}
          | [\#%@!] \{ \s* [A-Za-z_] [\w.:\s-]* \} \#?
          | %\( [A-Za-z_] \w* \)s
          | %{1,2} [A-Za-z_] \w* %{1,2}
          | @{1,2} [A-Z_] [A-Z0-9_.]* @{1,2}
          | __ [A-Z] [A-Z0-9_]* __
          | \(\( \s* [A-Za-z_] [\w.:/-]* \s* \)\)
          | < %?=? \s* [A-Za-z_] [\w.:\s-]* %? >
          | \$ [A-Z_] [A-Z0-9_]*
          | \$ [a-z]+ (?: _ [a-z0-9]+ )+
          | \$ env: \w+
        )\z
        """,
        RegexOptions.IgnorePatternWhitespace | RegexOptions.CultureInvariant)]
    private static partial Regex Variable();

    // Within a key, which may have any character: forms that no key has by chance.
    [GeneratedRegex(
        """
          \{\{+ \s* [\w.:$-]+ \s* \}\}+
        | \$\{+ \s* (?: [A-Z_] [A-Z0-9_]{2,} | [a-z]+ [._:] [\w.:-]+ ) \s* \}+
        """,
        RegexOptions.IgnorePatternWhitespace | RegexOptions.CultureInvariant)]
    private static partial Regex WithinKey();

    // Of these forms, those that can be told within other text. %C3%A9 is no variable but a letter of an address, and user:$word@ has a password.
    [GeneratedRegex(
        """
          \$\{+ \s* [A-Za-z_] [^{}]* \}+
        | \$\( \s* [A-Za-z_] [^()]* \)
        | \{\{+ [^{}]+ \}\}+
        | % (?: (?![0-9A-F]{2}) [A-Z_] [A-Z0-9_]{2,} | [A-Z]+ _ [A-Z0-9_]+ ) %
        | < [^<>]+ >
        | (?: // | @ | \A ) \$ [A-Za-z_] \w*
        | : \$ [A-Za-z_] \w* (?: / | \z )
        """,
        RegexOptions.IgnorePatternWhitespace | RegexOptions.CultureInvariant)]
    private static partial Regex Embedded();

    // xxxxxxxx, xxxx-xxxx, ***, ..., ???, ___.
    [GeneratedRegex(@"\A(?:[xX]{3,}(?:[-_ ][xX]{3,})*|\*{3,}|\.{3,}|…+|\?{3,}|_{3,}|-{3,}|•+)\z", RegexOptions.CultureInvariant)]
    private static partial Regex Repeated();

    // your-key, enter-your-api-key-here, replace-with-the-key, key-goes-here, change-me.
    [GeneratedRegex(
        """
        \A(?:
            (?: (?: please | enter | insert | put | paste | add | type | use | set | with | replace | change ) - )*
              your (?: - [a-z0-9]+ )*? -? (?: api )? (?: key | token | secret | password | value | url | uri | host | hostname | domain | port
                | address | server | gateway | name | folder | path | here ) (?: - (?: here | goes | value | string ) )*
          | (?: enter | insert | put | paste | add | type | set | replace ) - (?: [a-z]+ - )*?
              (?: key | token | secret | password | value | url | host | here )
          | (?: [a-z]+ - )*? (?: key | token | secret | password | value | url | host ) - (?: goes - )? here
          | (?: please - )? (?: change | replace | fill | edit ) -? (?: me | this | it | in )
              (?: - (?: now | please | in | later | first | here | before | use ) )*
        )\z
        """,
        RegexOptions.IgnorePatternWhitespace | RegexOptions.CultureInvariant)]
    private static partial Regex Asking();

    // What a program writes where it has nothing: [object Object] is JavaScript's.
    [GeneratedRegex(@"\A(?:placeholder|undefined|null|object-object)\z", RegexOptions.CultureInvariant)]
    private static partial Regex Nothing();

    [GeneratedRegex(
        """
        \A(?:
            (?: webstream - )? api -? key
          | (?: an? - )? (?: example | sample | dummy ) - (?: api - )? (?: key | token | secret | password | value )
          | todo | tbd | fixme | none | nil | nan
        )\z
        """,
        RegexOptions.IgnorePatternWhitespace | RegexOptions.CultureInvariant)]
    private static partial Regex Example();

    [GeneratedRegex(@"[-_.\s]+")]
    private static partial Regex Between();
}
