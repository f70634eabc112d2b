//! What pages say about a package, without how they say it.

use zt_lang::hir::{Effect, Name};
use zt_lang::needs::{Needs, Report};

use super::places::{File, Files, Place};

/// Something that has a place on some page.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Target {
    /// An action, by its name in policies.
    Action(Name),
    /// A policy.
    Policy(Name),
    /// A rule, by its full name.
    Rule(Name),
    /// A tier.
    Tier(Name),
    /// A group of approvers.
    Approvers(Name),
    /// An obligation.
    Obligation(Name),
    /// A window; of a limit the rule's.
    Window(Name),
    /// An event.
    Event(Name),
    /// A source.
    Source(Name),
    /// An enum, a record, an entity or a named type.
    Type(Name),
    /// A tag.
    Tag(Name),
    /// A table.
    Table(Name),
    /// A definition.
    Function(Name),
    /// A suite of tests.
    Suite(Name),
}

/// A piece of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    /// Words.
    Words(String),
    /// What stands so in policies.
    Code(String),
    /// The same, with a page about it.
    Link(String, Target),
}

/// A sentence, or a part of one.
pub(crate) type Phrase = Vec<Part>;

/// A condition in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reading {
    /// Whatever the request says.
    Always,
    /// In no case.
    Never,
    /// One statement.
    Line(Phrase),
    /// All of these.
    All(Vec<Reading>),
    /// At least one of these.
    Any(Vec<Reading>),
    /// Of the elements of a collection: what is asked of them, and how many of them it must be true of.
    Each(Phrase, Box<Reading>),
}

/// What every declaration has.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    /// Its name in the bundle.
    pub(crate) name: Name,
    /// The package that it belongs to, if that is another one.
    pub(crate) home: Option<Name>,
    /// The comment about it, as Markdown.
    pub(crate) doc: String,
    /// Its text.
    pub(crate) text: String,
    /// Where it stands.
    pub(crate) place: Option<Place>,
}

/// All that is said about a package.
pub(crate) struct Site {
    /// The package's name.
    pub(crate) name: Name,
    /// The types of principals, by name.
    pub(crate) principals: Vec<Name>,
    /// The actions, by name.
    pub(crate) actions: Vec<Action>,
    /// The policies that are enforced, in order.
    pub(crate) policies: Vec<Policy>,
    /// The tiers, lowest first.
    pub(crate) tiers: Vec<Tier>,
    /// The declaration of the tiers.
    pub(crate) ladder: Option<Item>,
    /// The groups of approvers.
    pub(crate) approvers: Vec<Approvers>,
    /// The obligations.
    pub(crate) obligations: Vec<Obligation>,
    /// The windows but for those of limits.
    pub(crate) windows: Vec<Window>,
    /// What gateways report.
    pub(crate) events: Vec<Event>,
    /// Who is asked, by name.
    pub(crate) sources: Vec<Source>,
    /// Enums, records, entities and named types.
    pub(crate) types: Vec<TypeDoc>,
    /// Tags.
    pub(crate) tags: Vec<Tag>,
    /// Tables.
    pub(crate) tables: Vec<Table>,
    /// Definitions.
    pub(crate) functions: Vec<Function>,
    /// Suites of tests.
    pub(crate) suites: Vec<Suite>,
    /// The files.
    pub(crate) files: Files,
}

impl Site {
    /// A rule by its policy's place and its own.
    pub(crate) fn rule(&self, (policy, rule): (usize, usize)) -> Option<(&Policy, &Rule)> {
        let policy = self.policies.get(policy)?;
        Some((policy, policy.rules.get(rule)?))
    }

    /// The files that have a page: the package's own, and those in which something stands that is shown.
    pub(crate) fn shown_files(&self) -> Vec<&File> {
        let items = self.actions.iter().map(|x| &x.item).chain(self.policies.iter().map(|x| &x.item));
        let items = items.chain(&self.ladder).chain(self.approvers.iter().map(|x| &x.item));
        let items = items.chain(self.obligations.iter().map(|x| &x.item)).chain(self.windows.iter().map(|x| &x.item));
        let items = items.chain(self.events.iter().map(|x| &x.item)).chain(self.types.iter().map(|x| &x.item));
        let items = items.chain(self.tags.iter().map(|x| &x.item)).chain(self.tables.iter().map(|x| &x.item));
        let items = items.chain(self.functions.iter().map(|x| &x.item));
        let items = items.chain(self.actions.iter().flat_map(|x| &x.extensions));
        let items = items.chain(self.actions.iter().filter_map(|x| x.part_of.as_ref()).map(|(whole, _)| whole));
        self.files.with(items.filter_map(|item| item.place))
    }

    /// Every rule with its policy.
    pub(crate) fn rules(&self) -> impl Iterator<Item = (&Policy, &Rule)> {
        self.policies.iter().flat_map(|policy| policy.rules.iter().map(move |rule| (policy, rule)))
    }
}

/// An action.
pub(crate) struct Action {
    /// Its declaration.
    pub(crate) item: Item,
    /// The name of its page.
    pub(crate) page: String,
    /// Its name in requests, if that is another.
    pub(crate) wire: Option<Name>,
    /// The action that it is a part of, and of which calls.
    pub(crate) part_of: Option<(Item, Reading)>,
    /// What adds to it elsewhere.
    pub(crate) extensions: Vec<Item>,
    /// What it acts on, and what that follows from.
    pub(crate) resource: Option<(Name, Option<Phrase>)>,
    /// The record of its context.
    pub(crate) context: Option<Name>,
    /// Its tier, and whether that was said.
    pub(crate) tier: Option<(Name, bool)>,
    /// Its tags, each with what its fields are here; those that follow from others have none.
    pub(crate) tags: Vec<(Name, Vec<(Name, Phrase)>)>,
    /// Its arguments.
    pub(crate) input: Vec<Field>,
    /// What it gives back.
    pub(crate) output: Option<Vec<Field>>,
    /// What approvers are shown, by what it is called.
    pub(crate) notice: Vec<(&'static str, Phrase)>,
    /// The rules in scope of any call of it, by policy and rule.
    pub(crate) rules: Vec<(usize, usize)>,
    /// Its calls, by type of principal.
    pub(crate) calls: Vec<Call>,
}

/// The calls of an action by a type of principal.
pub(crate) struct Call {
    /// Who.
    pub(crate) principal: Name,
    /// What comes of them.
    pub(crate) verdict: Verdict,
    /// The rules in scope, by policy and rule.
    pub(crate) rules: Vec<(usize, usize)>,
    /// What the gateway sends and a host answers.
    pub(crate) needs: Needs,
}

/// What can come of the calls of an action by a type of principal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// No rule that counts allows them.
    Ungranted,
    /// This rule denies them all.
    Denied(Name),
    /// They are allowed once these approve, if anything allows them: groups of approvers, or whom one acts for.
    Approved(Vec<Name>),
    /// They are allowed where conditions hold.
    Conditional,
    /// They are allowed, whatever they say.
    Granted,
}

/// A field, an argument, a parameter.
pub(crate) struct Field {
    /// Its name in policies.
    pub(crate) name: Name,
    /// Its name in requests, if that is another.
    pub(crate) wire: Option<Name>,
    /// Its type.
    pub(crate) ty: Phrase,
    /// What more is said of its values.
    pub(crate) limits: Vec<String>,
    /// Whether it may be absent.
    pub(crate) optional: bool,
    /// What it is where it is absent.
    pub(crate) default: Option<String>,
    /// Whether it is declared that nobody judges it.
    pub(crate) free: bool,
    /// Whether some rule reads it, where that is known.
    pub(crate) read: Option<bool>,
    /// The comment about it.
    pub(crate) doc: String,
}

/// A policy.
pub(crate) struct Policy {
    /// Its declaration.
    pub(crate) item: Item,
    /// The name of its page.
    pub(crate) page: String,
    /// Its opening, up to the brace.
    pub(crate) head: String,
    /// The actions that it covers, each with the types of principals.
    pub(crate) scope: Vec<(Name, Vec<Name>)>,
    /// What must hold for any of its rules.
    pub(crate) guard: Option<Reading>,
    /// Its rules that count.
    pub(crate) rules: Vec<Rule>,
    /// Whether it belongs to another package and its `allow` rules do not count.
    pub(crate) restricts_only: bool,
}

/// A rule.
pub(crate) struct Rule {
    /// Its declaration. Its name is that within the policy.
    pub(crate) item: Item,
    /// Its full name.
    pub(crate) full: Name,
    /// What it does.
    pub(crate) effect: Effect,
    /// Whether it is only reported.
    pub(crate) shadow: bool,
    /// The actions that it covers, if those are fewer than its policy's.
    pub(crate) scope: Option<Vec<(Name, Vec<Name>)>>,
    /// When it holds, beside its policy's guard. Of a limit: which calls are counted.
    pub(crate) condition: Reading,
    /// Whom it asks.
    pub(crate) ask: Option<Ask>,
    /// Of a limit, how much is how often.
    pub(crate) limit: Option<Limit>,
    /// The tier that it raises to.
    pub(crate) raise: Option<Name>,
    /// What it obliges to.
    pub(crate) obligations: Vec<Phrase>,
    /// What approvers and auditors are told.
    pub(crate) because: Option<Phrase>,
    /// What the agent is told.
    pub(crate) tell: Option<Phrase>,
    /// The windows that it reads.
    pub(crate) windows: Vec<Name>,
    /// The tests that name it: suite and test, by place.
    pub(crate) tests: Vec<(usize, usize)>,
}

/// The approval that is asked for.
pub(crate) struct Ask {
    /// Whom, in words.
    pub(crate) from: Phrase,
    /// How many different people.
    pub(crate) quorum: u32,
    /// How long an approval lasts.
    pub(crate) expires: String,
}

/// A limit in words.
pub(crate) struct Limit {
    /// How much: `10 calls`.
    pub(crate) most: Phrase,
    /// In what time.
    pub(crate) over: Phrase,
    /// For each of what.
    pub(crate) keys: Vec<Phrase>,
}

/// A tier.
pub(crate) struct Tier {
    /// Its name.
    pub(crate) name: Name,
    /// How long an allow may be used.
    pub(crate) warrant: Option<String>,
    /// What is always asked.
    pub(crate) ask: Option<Ask>,
    /// What it obliges to by itself.
    pub(crate) obligations: Vec<Phrase>,
    /// The comment about it.
    pub(crate) doc: String,
    /// The actions that have it.
    pub(crate) actions: Vec<Name>,
    /// The rules that raise to it.
    pub(crate) raised: Vec<Name>,
}

/// A group of approvers.
pub(crate) struct Approvers {
    /// Its declaration.
    pub(crate) item: Item,
    /// The source that knows its members, and how old that may be; otherwise the host vouches.
    pub(crate) source: Option<(Name, Option<String>)>,
    /// The rules that ask it.
    pub(crate) rules: Vec<Name>,
    /// The tiers that ask it.
    pub(crate) tiers: Vec<Name>,
}

/// An obligation.
pub(crate) struct Obligation {
    /// Its declaration.
    pub(crate) item: Item,
    /// Its parameters, each with how several values become one.
    pub(crate) params: Vec<(Field, Option<&'static str>)>,
    /// The rules that oblige to it.
    pub(crate) rules: Vec<Name>,
    /// The tiers that do.
    pub(crate) tiers: Vec<Name>,
}

/// A window.
pub(crate) struct Window {
    /// Its declaration.
    pub(crate) item: Item,
    /// What it makes of what: `how many`, `the sum of input.amount`.
    pub(crate) kind: Phrase,
    /// What it remembers: calls that ended so, of these actions.
    pub(crate) of: Phrase,
    /// Which of these.
    pub(crate) condition: Option<Reading>,
    /// What it is kept apart by.
    pub(crate) keys: Vec<Phrase>,
    /// Over which time.
    pub(crate) over: Phrase,
    /// The most entries of a key.
    pub(crate) bound: u32,
    /// The rules that read it.
    pub(crate) rules: Vec<Name>,
}

/// An event that a gateway reports.
pub(crate) struct Event {
    /// Its declaration.
    pub(crate) item: Item,
    /// What it tells.
    pub(crate) fields: Vec<Field>,
    /// The record of its context.
    pub(crate) context: Option<Name>,
    /// What the gateway sends, if some rule reads what is remembered of it.
    pub(crate) report: Option<Report>,
}

/// Who is asked.
pub(crate) struct Source {
    /// Its name.
    pub(crate) name: Name,
    /// What it is asked, how old an answer may be, and for which actions.
    pub(crate) asked: Vec<Asked>,
}

/// What a source is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    /// About what: a type, a table, a group.
    pub(crate) about: Part,
    /// What of it: attributes, a row, the members.
    pub(crate) what: String,
    /// By what it is found: paths.
    pub(crate) by: Vec<String>,
    /// The greatest age of an answer.
    pub(crate) fresh: Option<String>,
    /// The actions for whose calls it is asked.
    pub(crate) actions: Vec<Name>,
}

/// A type.
pub(crate) struct TypeDoc {
    /// Its declaration.
    pub(crate) item: Item,
    /// `enum`, `record`, `entity`, `type`
    pub(crate) word: &'static str,
    /// Who vouches for what it says, of an entity.
    pub(crate) channel: Option<Phrase>,
    /// What is above it, of an entity.
    pub(crate) parents: Vec<Name>,
    /// Its fields.
    pub(crate) fields: Vec<Field>,
    /// Its members, of an enum, each with its spelling if that is another, and the comment.
    pub(crate) members: Vec<(Name, Option<Name>, String)>,
    /// Whether the members are ordered.
    pub(crate) ordered: bool,
}

/// A tag.
pub(crate) struct Tag {
    /// Its declaration.
    pub(crate) item: Item,
    /// The tags that it is in.
    pub(crate) parents: Vec<Name>,
    /// Whether every action carries it, or one in it.
    pub(crate) required: bool,
    /// What actions that carry it say.
    pub(crate) fields: Vec<Field>,
    /// The actions that carry it.
    pub(crate) actions: Vec<Name>,
}

/// A table.
pub(crate) struct Table {
    /// Its declaration.
    pub(crate) item: Item,
    /// The columns of its key.
    pub(crate) keys: Vec<(Option<Name>, Phrase)>,
    /// What a row says.
    pub(crate) value: Option<Phrase>,
    /// Who is asked for rows.
    pub(crate) source: Option<(Name, Option<String>)>,
    /// Its first rows, if they are in the package.
    pub(crate) rows: Vec<Vec<String>>,
    /// How many rows there are.
    pub(crate) count: usize,
    /// Whether it seeks patterns in texts.
    pub(crate) seeks: bool,
    /// The rules that ask it.
    pub(crate) rules: Vec<Name>,
}

/// A definition.
pub(crate) struct Function {
    /// Its declaration.
    pub(crate) item: Item,
    /// Its parameters.
    pub(crate) params: Vec<(Name, Phrase)>,
    /// What it says, if that is a condition.
    pub(crate) reading: Option<Reading>,
    /// The rules that use it.
    pub(crate) rules: Vec<Name>,
}

/// A suite of tests.
pub(crate) struct Suite {
    /// Its declaration.
    pub(crate) item: Item,
    /// Its identifier on the page of tests.
    pub(crate) id: String,
    /// Its tests, and then its laws.
    pub(crate) tests: Vec<Test>,
}

/// A test or a law.
pub(crate) struct Test {
    /// Its name.
    pub(crate) name: Name,
    /// Its identifier on the page of tests.
    pub(crate) id: String,
    /// Whether it is a law, tried on many requests.
    pub(crate) law: bool,
    /// The comment about it.
    pub(crate) doc: String,
    /// Where it stands.
    pub(crate) place: Option<Place>,
    /// The actions that it calls.
    pub(crate) actions: Vec<Name>,
    /// The rules that it names.
    pub(crate) rules: Vec<Name>,
    /// The effects that it expects, in order, each once.
    pub(crate) effects: Vec<String>,
}
