using Webstream.Gateway.Hosting;

return await CommandLine.RunAsync(args, GatewayProcess.RunAsync);
