// Validates values against their schemas as a strict client does: node validate.cjs CASES.json
"use strict";
const { readFileSync } = require("node:fs");
const Ajv = require("ajv/dist/2020");

const cases = JSON.parse(readFileSync(process.argv[2], "utf8"));
let wrong = 0;
for (const { name, schema, value } of cases) {
  try {
    const validate = new Ajv({ strict: true, allErrors: true }).compile(schema);
    if (value !== undefined && !validate(value)) {
      console.error(`${name}: ${validate.errors.map((e) => `${e.instancePath} ${e.message}`).join("; ")}`);
      wrong++;
    }
  } catch (error) {
    console.error(`${name}: ${error.message}`);
    wrong++;
  }
}

if (wrong === 0) console.log(`${cases.length} valid`);
process.exit(wrong === 0 ? 0 : 1);
