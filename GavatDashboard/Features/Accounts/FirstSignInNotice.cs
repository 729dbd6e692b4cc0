namespace GavatDashboard.Features.Accounts;

/// <summary>Tells the person who started the application the generated password, once.</summary>
internal interface IFirstSignInNotice
{
    void Show(string userName, string password);
}

/// <summary>Standard output and nothing else: a log is kept and sent around, a password must not be.</summary>
internal sealed class ConsoleFirstSignInNotice : IFirstSignInNotice
{
    public void Show(string userName, string password)
    {
        var line = $"First sign-in: user {userName}, password {password}";
        var rule = new string('=', line.Length);
        Console.Out.WriteLine($"{Environment.NewLine}{rule}{Environment.NewLine}{line}{Environment.NewLine}It is shown once. Change it at /account/password.{Environment.NewLine}{rule}{Environment.NewLine}");
        Console.Out.Flush();
    }
}
