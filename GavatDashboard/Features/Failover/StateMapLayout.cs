using GavatDashboard.Domain.Failover;

namespace GavatDashboard.Features.Failover;

/// <summary>Where the states of the failover machine stand in its picture, and the ways between them.</summary>
/// <param name="Name">The picture's name in class attributes.</param>
/// <param name="Width">The picture's width.</param>
/// <param name="Height">The picture's height.</param>
/// <param name="NodeWidth">A state's width.</param>
/// <param name="NodeHeight">A state's height.</param>
/// <param name="Caption">Where the words above the states stand that wait for a person.</param>
/// <param name="Nodes">The centre of each state.</param>
/// <param name="Ways">The ways that the machine takes by itself; the states that wait for a person can be reached from almost anywhere and have none.</param>
internal sealed record StateMapLayout(
    string Name, int Width, int Height, int NodeWidth, int NodeHeight, (int X, int Y) Caption, IReadOnlyDictionary<FailoverState, (int X, int Y)> Nodes, IReadOnlyList<StateMapWay> Ways)
{
    /// <summary>The round from left to right and back, for a wide page.</summary>
    public static StateMapLayout Wide { get; } = new(
        "wide", 860, 270, 148, 44, (90, 244),
        new Dictionary<FailoverState, (int X, int Y)>
        {
            [FailoverState.Primary] = (90, 40),
            [FailoverState.Suspect] = (316, 40),
            [FailoverState.Promoting] = (542, 40),
            [FailoverState.Fallback] = (768, 40),
            [FailoverState.Recovering] = (768, 150),
            [FailoverState.Switchback] = (430, 150),
            [FailoverState.Following] = (204, 95),
            [FailoverState.ReadOnly] = (316, 240),
            [FailoverState.RecoveryBlocked] = (542, 240),
            [FailoverState.Fenced] = (768, 240),
        },
        [
            new(FailoverState.Primary, FailoverState.Suspect, "M164 32 H237"),
            new(FailoverState.Suspect, FailoverState.Primary, "M242 48 H169"),
            new(FailoverState.Suspect, FailoverState.Promoting, "M390 40 H463"),
            new(FailoverState.Primary, FailoverState.Promoting, "M130 18 V8 H542 V13"),
            new(FailoverState.Promoting, FailoverState.Fallback, "M616 40 H689"),
            new(FailoverState.Fallback, FailoverState.Recovering, "M780 62 V123"),
            new(FailoverState.Recovering, FailoverState.Fallback, "M796 128 V67"),
            new(FailoverState.Recovering, FailoverState.Switchback, "M694 150 H509"),
            new(FailoverState.Switchback, FailoverState.Fallback, "M430 128 V96 H740 V67"),
            new(FailoverState.Switchback, FailoverState.Primary, "M356 150 H90 V67"),
            new(FailoverState.Primary, FailoverState.Following, "M118 62 V102 H125"),
            new(FailoverState.Following, FailoverState.Primary, "M130 84 H142 V67"),
        ]);

    /// <summary>Down on the left and up on the right, for a phone.</summary>
    public static StateMapLayout Narrow { get; } = new(
        "narrow", 340, 446, 150, 40, (170, 336),
        new Dictionary<FailoverState, (int X, int Y)>
        {
            [FailoverState.Primary] = (84, 30),
            [FailoverState.Suspect] = (84, 116),
            [FailoverState.Promoting] = (84, 202),
            [FailoverState.Fallback] = (170, 288),
            [FailoverState.Recovering] = (256, 202),
            [FailoverState.Switchback] = (256, 116),
            [FailoverState.Following] = (256, 30),
            [FailoverState.ReadOnly] = (84, 370),
            [FailoverState.Fenced] = (256, 370),
            [FailoverState.RecoveryBlocked] = (170, 420),
        },
        [
            new(FailoverState.Primary, FailoverState.Suspect, "M72 50 V91"),
            new(FailoverState.Suspect, FailoverState.Primary, "M96 96 V55"),
            new(FailoverState.Suspect, FailoverState.Promoting, "M84 136 V178"),
            new(FailoverState.Promoting, FailoverState.Fallback, "M84 222 L120 264"),
            new(FailoverState.Fallback, FailoverState.Recovering, "M200 268 L236 226"),
            new(FailoverState.Recovering, FailoverState.Fallback, "M258 222 L222 264"),
            new(FailoverState.Recovering, FailoverState.Switchback, "M256 182 V140"),
            new(FailoverState.Switchback, FailoverState.Fallback, "M181 124 H170 V264"),
            new(FailoverState.Switchback, FailoverState.Primary, "M190 96 L150 56"),
            new(FailoverState.Primary, FailoverState.Following, "M159 24 H176"),
            new(FailoverState.Following, FailoverState.Primary, "M181 38 H164"),
        ]);
}

/// <summary>A way from one state to another.</summary>
/// <param name="From">From where.</param>
/// <param name="To">Where it leads.</param>
/// <param name="Line">The line, as in the attribute <c>d</c> of an SVG path.</param>
internal sealed record StateMapWay(FailoverState From, FailoverState To, string Line);
