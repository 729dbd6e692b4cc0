var builder = WebApplication.CreateBuilder(args);
var app = builder.Build();
await app.RunAsync();

/// <summary>The host's entry point, visible to the tests that start it.</summary>
public partial class Program;
