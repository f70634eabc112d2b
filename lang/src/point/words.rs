//! What words of the language mean, in a sentence each.

/// Words that say more than they show, with what they say.
pub(super) const MEANINGS: &[(&str, &str)] = &[
    ("allow", "Grants the call where its condition holds. Only an `allow` grants; anything else can only take away."),
    ("deny", "Denies the call where its condition holds, whatever grants it."),
    ("require", "`require approval`: what is granted waits until somebody of the group after `from` approves of it."),
    ("approval", "`require approval`: what is granted waits until somebody of the group after `from` approves of it."),
    ("limit", "Denies the call where there is no room left: so many in so much time, for each key after `by`."),
    ("raise", "Puts the call into a higher tier where its condition holds, with all that the tier asks for."),
    ("oblige", "Adds obligations to what is granted: what the gateway has to do, or must not carry the call out."),
    ("shadow", "The rule is on trial: what it would have done is reported with every decision, and changes none."),
    ("when", "The rule holds only where this is true."),
    ("unless", "The rule holds only where this is false."),
    (
        "because",
        "What is said of a decision that this rule determines: to operators and approvers, never to the agent.",
    ),
    ("tell", "What the agent is told. It shows numbers, times and members of enums only."),
    ("with", "What the rule obliges to: obligations that the gateway carries out."),
    ("has", "Whether an optional attribute is there. Beyond an `and` it may then be read."),
    ("??", "The value on the left or, if it is absent, the one on the right."),
    ("is", "Whether a value is of this type. Beyond an `and` it is read as one."),
    ("under", "At or below: of paths, hosts, addresses in nets, and entities that are in one another."),
    ("matches", "Whether a text matches a pattern as a whole: `re\"…\"` or `glob\"…\"`."),
    ("runs", "What a command line runs: `runs only [\"…\"]` nothing else, `runs any [\"…\"]` at least one of these."),
    ("any", "True if it is of one element; of none it is false."),
    ("all", "True if it is of every element; of none, too."),
    ("count", "How many elements there are, or of how many a condition is true."),
    ("counting", "`w counting this`: what the window would say with this call in it."),
    ("free", "Nobody judges this argument, on purpose: without it an argument that no rule reads is a mistake."),
    ("enforce", "The policy of another package counts here. Its `allow` rules count only `with allows`."),
    ("extend", "Adds to actions that are declared elsewhere: tags, a tier, arguments."),
    ("pub", "Other packages may use this item."),
    ("forall", "A law: tried on many made-up requests."),
];

/// What a word of the language means, in a sentence, if it says more than it shows.
#[must_use]
pub fn meaning(word: &str) -> Option<&'static str> {
    MEANINGS.iter().find(|(known, _)| *known == word).map(|(_, meaning)| *meaning)
}
