using Webstream.Silo.Hosting;

return args is ["health", .. var rest] ? await HealthCommand.RunAsync(rest) : await SiloProcess.RunAsync(args);
