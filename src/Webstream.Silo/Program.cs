using Webstream.Silo.Hosting;

return await SiloProcess.RunAsync(args);
