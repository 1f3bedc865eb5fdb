using Webstream.ServiceDefaults.Health;
using Webstream.Silo.Hosting;

// For the health check of a container, which has no other program that could ask.
return args is ["health", .. var where]
    ? await HealthQuestion.AskAsync(where.FirstOrDefault() ?? $"{SiloApplication.DefaultUrls}/health/ready", Console.Out)
    : await SiloProcess.RunAsync(args);
