//! Everything that can be wrong with a policy, each with a code that never changes its meaning.

use crate::span::{ItemKey, Span};

macro_rules! codes {
    ($($variant:ident = $code:literal, $title:literal;)*) => {
        /// The kind of a mistake. Each has a page: `zt explain ZT…`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code {
            $(#[doc = $title] $variant,)*
        }

        impl Code {
            /// Every code, in order.
            pub const ALL: &[Code] = &[$(Code::$variant,)*];

            /// `ZT0101`
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Code::$variant => $code,)* }
            }

            /// A line that names the kind of mistake.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self { $(Code::$variant => $title,)* }
            }

            /// The page that explains it: what it means, why it is refused, a wrong and a right program.
            #[must_use]
            pub fn page(self) -> &'static str {
                match self { $(Code::$variant => include_str!(concat!("../pages/", $code, ".md")),)* }
            }

            /// The code with this name, in upper or lower case.
            #[must_use]
            pub fn find(name: &str) -> Option<Code> {
                Code::ALL.iter().copied().find(|code| code.as_str().eq_ignore_ascii_case(name))
            }
        }
    };
}

codes! {
    // 01: the text
    UnexpectedToken = "ZT0101", "something else was expected here";
    UnknownCharacter = "ZT0102", "a character that zt does not use";
    Unclosed = "ZT0103", "a bracket has no partner";
    UnterminatedString = "ZT0104", "a string has no end";
    MixedLogic = "ZT0105", "`and` and `or` are mixed without brackets";
    ChainedComparison = "ZT0106", "comparisons are chained";
    BadEscape = "ZT0107", "a string has an unknown escape";
    BadNumber = "ZT0108", "a number cannot be held exactly";
    OutsideItem = "ZT0109", "text stands outside of every item";
    NestedTooDeep = "ZT0110", "an expression is nested too deep";
    NoSeparator = "ZT0111", "two declarations share a line without a comma";
    TooLarge = "ZT0112", "a file is too large";
    BadMeasure = "ZT0113", "there is no such date, time or quantity";
    // 02: names
    UnknownType = "ZT0201", "no type has this name";
    UnknownAction = "ZT0202", "no action has this name";
    UnknownAttribute = "ZT0203", "no attribute has this name";
    UnknownName = "ZT0204", "nothing has this name";
    UnknownMember = "ZT0205", "the enum has no such member";
    UnknownTier = "ZT0206", "no tier has this name";
    UnknownApprovers = "ZT0207", "no group of approvers has this name";
    DuplicateItem = "ZT0208", "two items have the same name";
    DuplicateName = "ZT0209", "a name is used twice";
    UnknownRule = "ZT0210", "no rule has this name";
    Shadowing = "ZT0211", "a name hides another";
    ReservedName = "ZT0212", "the name is taken by the language";
    PackageName = "ZT0213", "the package's name is missing or another";
    UnknownFixture = "ZT0214", "no fixture has this name";
    UnknownDefine = "ZT0215", "no definition has this name";
    UnknownObligation = "ZT0216", "no obligation has this name";
    UnknownEvent = "ZT0217", "nothing says what a window remembers";
    UnknownZone = "ZT0218", "no time zone has this name";
    UnknownTag = "ZT0219", "no tag has this name";
    UnknownPackage = "ZT0220", "no package has this name";
    NotPublic = "ZT0221", "an item is not for other packages";
    // 03: types
    TypeMismatch = "ZT0301", "two different types meet";
    WrongOperand = "ZT0302", "the operator does not work on this type";
    NotCondition = "ZT0303", "a condition is true or false, this is not";
    ImpossibleLiteral = "ZT0304", "the literal can never be a value of the type";
    NotASet = "ZT0305", "`in` needs a set or a list";
    NotAPattern = "ZT0306", "`matches` needs a text and a pattern";
    WrongArguments = "ZT0307", "a definition gets the wrong number of arguments";
    NotConstantFactor = "ZT0308", "`*` needs a whole constant";
    TwoTypes = "ZT0309", "an attribute has different types within the scope";
    MaybeAbsent = "ZT0310", "an attribute may be absent here";
    AlwaysPresent = "ZT0311", "the attribute is always present";
    NotAValue = "ZT0312", "this is not a value that can be compared";
    NotInScope = "ZT0313", "this cannot be read here";
    WhichType = "ZT0314", "a value may be of several types";
    NotInstant = "ZT0320", "days and times are asked of an instant in a zone";
    NotACommand = "ZT0321", "`runs` needs a command and its patterns";
    // 04: declarations
    BadPattern = "ZT0401", "the pattern is not understood";
    PatternTooLarge = "ZT0402", "the pattern is too large";
    BadRefinement = "ZT0403", "the refinement does not fit the type";
    EmptyRange = "ZT0404", "the range holds nothing";
    RecursiveDefine = "ZT0405", "a definition needs itself";
    EndlessType = "ZT0406", "a value of the type can never end";
    Clauses = "ZT0407", "a clause is missing, repeated or out of place";
    UnknownChannel = "ZT0408", "nothing vouches for the attributes";
    EmptyScope = "ZT0409", "a policy covers nothing";
    AllowWithoutCondition = "ZT0410", "an `allow` has no condition";
    BadElement = "ZT0411", "a type cannot stand here";
    TwoLadders = "ZT0412", "a package has two ladders of tiers";
    Empty = "ZT0413", "there is nothing between the brackets";
    BadMessage = "ZT0414", "a message reads something that it cannot show";
    DuplicateWireName = "ZT0415", "two names are the same in requests";
    TooCostly = "ZT0416", "a condition costs too much";
    BadWindow = "ZT0417", "a window cannot be kept or read like this";
    BadObligation = "ZT0418", "an obligation does not fit its declaration";
    BadTier = "ZT0419", "a tier is weaker than one below it";
    Example = "ZT0420", "an example does not behave as it says";
    Unjudged = "ZT0421", "an argument that nobody judges, or an action without a tag that it must carry";
    BadPart = "ZT0422", "an action is not split as its parts say";
    Indistinct = "ZT0423", "nothing tells the types of a choice apart";
    // 05: tests
    BadCall = "ZT0501", "the call does not fit the action";
    MissingField = "ZT0502", "a value lacks a field";
    NoExpectation = "ZT0503", "a call without an expectation";
    StrayExpectation = "ZT0504", "an expectation without a call";
    ImpossibleExpectation = "ZT0505", "an expectation that can never be met";
    BadTable = "ZT0506", "the table of a test does not fit its steps";
    BadStep = "ZT0507", "a step that changes nothing";
    // 06: data files and tables
    DataFile = "ZT0601", "a data file cannot be used";
    DataSyntax = "ZT0602", "a data file is not understood";
    DataColumn = "ZT0603", "the columns of a data file are not those that are declared";
    DataCell = "ZT0604", "a cell of a data file is no value of its type";
    DuplicateRow = "ZT0605", "two rows say the same thing twice, or different things";
    UnknownRow = "ZT0606", "a data file has no such row";
    BadTableItem = "ZT0607", "a table cannot be kept like this";
    MissingRow = "ZT0608", "a table lacks rows";
    BadLookup = "ZT0609", "a table cannot be looked up like this";
    // 07: what `zt.toml` says
    BadManifest = "ZT0701", "`zt.toml` is not understood";
    BadPackageName = "ZT0702", "no package can have this name";
    UnknownEdition = "ZT0703", "there is no such edition of the language";
    BadDependency = "ZT0704", "a dependency cannot be used";
    BadLimit = "ZT0705", "a limit or a budget is out of bounds";
    OverBudget = "ZT0706", "a decision costs more than the budget";
    UnknownLint = "ZT0707", "no lint has this name";
    // 08: what is imported
    ImportFile = "ZT0801", "a file is not what it is imported as";
    ImportLeftOut = "ZT0802", "something that is imported cannot be declared";
    ImportUntyped = "ZT0803", "no type says what a schema says";
    ImportWider = "ZT0804", "an imported type takes more than its schema";
    ImportNarrower = "ZT0805", "an imported type refuses what its schema takes";
    ImportRenamed = "ZT0806", "names that are imported would be one";
    ImportRepeated = "ZT0807", "a name stands twice in what is imported";
    ImportReference = "ZT0808", "a reference in a schema leads nowhere, or back to itself";
    ImportSchema = "ZT0809", "a schema is not understood";
    ImportHidden = "ZT0810", "a description holds what nobody sees";
    ImportDefault = "ZT0811", "a default that is imported cannot be applied";
    // 09: what compiles and is hardly meant, see `LINTS`
    NeverHolds = "ZT0901", "a rule can never hold";
    CoveredRule = "ZT0902", "a rule is covered by a wider one";
    IdleRule = "ZT0903", "a rule can never matter";
    BypassedApproval = "ZT0904", "an approval is not asked for";
    ConstantCondition = "ZT0905", "a condition is always true, or never";
    RedundantCondition = "ZT0906", "a condition says nothing beside its neighbours";
    AllOfNothing = "ZT0907", "`all` of a list that may be empty";
    Unused = "ZT0908", "an item that nothing uses";
    UnreadAttribute = "ZT0909", "an attribute that nothing reads";
    EvadableLimit = "ZT0910", "a limit whose key the agent chooses";
    TierApproval = "ZT0911", "a tier and the rules for it disagree about approval";
    RepeatedObligation = "ZT0912", "an obligation is demanded twice";
    UntestedRule = "ZT0913", "a rule without a test";
    SeparateNights = "ZT0914", "hours over midnight for each day of a weekend";
    SharedLimit = "ZT0915", "a limit that all callers share";
    ClosedLimit = "ZT0916", "a limit that lets nothing pass";
}

/// How seriously a finding is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// It compiles.
    Warning,
    /// It does not compile, or `zt.toml` does not want it.
    Error,
}

impl Severity {
    /// As reports spell it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// What becomes of what a lint finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// Nothing.
    Allow,
    /// It is told.
    Warn,
    /// It is told, and `zt check` fails.
    Deny,
}

impl Level {
    /// Every one, with its name in `zt.toml`.
    pub const ALL: &[(&str, Level)] = &[("allow", Level::Allow), ("warn", Level::Warn), ("deny", Level::Deny)];
}

/// The lints, by their codes: the name in `zt.toml`, and the level where that says nothing.
pub const LINTS: &[(Code, &str, Level)] = &[
    (Code::NeverHolds, "never-holds", Level::Warn),
    (Code::CoveredRule, "covered-rule", Level::Warn),
    (Code::IdleRule, "idle-rule", Level::Warn),
    (Code::BypassedApproval, "bypassed-approval", Level::Warn),
    (Code::ConstantCondition, "constant-condition", Level::Warn),
    (Code::RedundantCondition, "redundant-condition", Level::Warn),
    (Code::AllOfNothing, "all-of-nothing", Level::Warn),
    (Code::Unused, "unused", Level::Warn),
    (Code::UnreadAttribute, "unread-attribute", Level::Warn),
    (Code::EvadableLimit, "evadable-limit", Level::Warn),
    (Code::TierApproval, "tier-approval", Level::Warn),
    (Code::RepeatedObligation, "repeated-obligation", Level::Warn),
    (Code::UntestedRule, "untested-rule", Level::Warn),
    (Code::SeparateNights, "separate-nights", Level::Warn),
    (Code::SharedLimit, "shared-limit", Level::Warn),
    (Code::ClosedLimit, "closed-limit", Level::Warn),
];

impl Code {
    /// The name of the lint and its level where nothing is said, if the code is a lint's.
    #[must_use]
    pub fn lint(self) -> Option<(&'static str, Level)> {
        LINTS.iter().find(|(code, ..)| *code == self).map(|(_, name, level)| (*name, *level))
    }
}

/// A mistake in one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Its kind.
    pub code: Code,
    /// How seriously it is taken.
    pub severity: Severity,
    /// Where it stands, counted from the start of the item.
    pub span: Span,
    /// What is wrong, in a sentence without a full stop.
    pub message: String,
    /// What stands at the span.
    pub label: Option<String>,
    /// Other places that matter.
    pub related: Vec<Related>,
    /// What to do about it.
    pub help: Option<String>,
    /// An edit that mends it.
    pub fix: Option<Fix>,
}

/// Another place that matters to a mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Related {
    /// The item, or `None` for the item with the mistake.
    pub item: Option<ItemKey>,
    /// Where in the item.
    pub span: Span,
    /// What stands there.
    pub text: String,
}

/// An edit that mends a mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What it does, as a command: `write `==``.
    pub title: String,
    /// What to replace.
    pub span: Span,
    /// By what.
    pub text: String,
    /// Whether it may be made without asking: there is no other way to mean it, or no decision changes by it.
    pub safe: bool,
}

impl Diagnostic {
    /// A mistake with its place and sentence.
    #[must_use]
    pub fn new(code: Code, span: Span, message: impl Into<String>) -> Self {
        let severity = if code.lint().is_some() { Severity::Warning } else { Severity::Error };
        let message = message.into();
        Diagnostic { code, severity, span, message, label: None, related: vec![], help: None, fix: None }
    }

    /// Says what stands at the place.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.label = Some(text.into());
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    /// Says what to do if there is something to say.
    #[must_use]
    pub fn maybe_help(mut self, text: Option<String>) -> Self {
        if text.is_some() {
            self.help = text;
        }
        self
    }

    /// Offers an edit.
    #[must_use]
    pub fn fix(mut self, title: impl Into<String>, span: Span, text: impl Into<String>) -> Self {
        self.fix = Some(Fix { title: title.into(), span, text: text.into(), safe: false });
        self
    }

    /// Offers an edit that may be made without asking.
    #[must_use]
    pub fn safe_fix(mut self, title: impl Into<String>, span: Span, text: impl Into<String>) -> Self {
        self.fix = Some(Fix { title: title.into(), span, text: text.into(), safe: true });
        self
    }

    /// Points at another place.
    #[must_use]
    pub fn related(mut self, item: Option<ItemKey>, span: Span, text: impl Into<String>) -> Self {
        self.related.push(Related { item, span, text: text.into() });
        self
    }

    /// The same, its places counted from `offset` bytes later.
    pub(crate) fn move_back(&mut self, offset: u32) {
        let back = |span: &mut Span| {
            *span = Span::new(span.start.saturating_sub(offset), span.end.saturating_sub(offset));
        };
        back(&mut self.span);
        self.related.iter_mut().filter(|r| r.item.is_none()).for_each(|r| back(&mut r.span));
        self.fix.iter_mut().for_each(|f| back(&mut f.span));
    }

    /// Offers the nearest of some names in place of a wrong one.
    #[must_use]
    pub fn did_you_mean<'a>(self, span: Span, wrong: &str, names: impl IntoIterator<Item = &'a str>) -> Self {
        match nearest(wrong, names) {
            Some(name) => {
                self.help(format!("did you mean `{name}`?")).fix(format!("write `{name}`"), span, name.to_owned())
            }
            None => self,
        }
    }
}

/// How many names are looked at for one suggestion, and how many of them closely.
const CANDIDATES: (usize, usize) = (1_000, 40);

/// The name that is most like the wrong one, if any is like it at all.
#[must_use]
pub fn nearest<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = wrong.chars().count();
    let limit = (length / 3).max(1);
    let letters = letters(wrong);
    let mut near: Vec<_> = names
        .into_iter()
        .take(CANDIDATES.0)
        .filter_map(|name| {
            // Cheap tests first, for most names are far away: every letter that only one has is a mistake.
            let own = self::letters(name);
            let close = name.len().abs_diff(wrong.len()) <= limit.saturating_mul(4)
                && (own & !letters).count_ones() as usize <= limit;
            let short = abbreviates(wrong, name);
            (close || short).then_some(((own ^ letters).count_ones(), name, close, short))
        })
        .collect();
    near.sort_unstable();
    near.into_iter()
        .map(|(_, name, close, short)| (name, close, short))
        .take(CANDIDATES.1)
        .filter_map(|(name, close, short)| {
            let far = if close { distance(wrong, name) } else { usize::MAX };
            // A name with nothing in common is no suggestion.
            if far <= limit && far < length.max(name.chars().count()) {
                Some((far, name))
            } else {
                short.then_some((limit + 1, name))
            }
        })
        .min_by_key(|(far, name)| (*far, *name))
        .map(|(_, name)| name)
}

/// Whether a word is a name with letters left out: `cnt` for `count`.
fn abbreviates(wrong: &str, name: &str) -> bool {
    let mut letters = name.chars().map(|c| c.to_ascii_lowercase());
    let short = wrong.len() >= 3 && wrong.len() < name.len() && wrong.get(..1) == name.get(..1);
    short && wrong.chars().all(|c| letters.any(|l| l == c.to_ascii_lowercase()))
}

/// `a` or `an`, as goes before a name.
pub(crate) fn article(name: &str) -> &'static str {
    if name.trim_start_matches('`').starts_with(['A', 'E', 'I', 'O', 'a', 'e', 'i', 'o']) { "an" } else { "a" }
}

/// Which ASCII letters and digits a name has, as bits.
fn letters(name: &str) -> u64 {
    name.bytes().filter(u8::is_ascii_alphanumeric).fold(0, |bits, b| bits | 1 << (b.to_ascii_lowercase() % 64))
}

/// The number of letters inserted, removed, replaced or swapped with a neighbour (optimal string
/// alignment); upper and lower case are the same.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.to_lowercase().chars().take(64).collect();
    let b: Vec<char> = b.to_lowercase().chars().take(64).collect();
    let mut before: Vec<usize> = vec![];
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let at = |v: &[usize], k: usize| v.get(k).copied().unwrap_or(usize::MAX / 2);
            let mut best = (at(&row, j) + usize::from(x != y)).min(at(&row, j + 1) + 1).min(at(&next, j) + 1);
            if i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x) {
                best = best.min(at(&before, j - 1) + 1);
            }
            next.push(best);
        }
        before = std::mem::replace(&mut row, next);
    }
    row.last().copied().unwrap_or(usize::MAX)
}
