global using Webstream.Protocol;
