using System.Security.Cryptography;

namespace GavatDashboard.Features.Accounts;

/// <summary>Passwords made for people: 99 random bits, without letters that look alike, in groups that can be read out.</summary>
internal static class OneTimePassword
{
    private const string Alphabet = "abcdefghjkmnpqrstuvwxyz23456789";
    private const int Groups = 4;
    private const int GroupLength = 5;

    public static string Create() =>
        string.Join('-', Enumerable.Range(0, Groups).Select(_ => RandomNumberGenerator.GetString(Alphabet, GroupLength)));
}
