//! Pages in HTML, as a browser splits them: elements with their attributes, and the text between them.

use std::collections::BTreeMap;

use html5gum::emitters::default::DefaultEmitter;
use html5gum::{HtmlString, Token, Tokenizer};

/// An element, as it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    /// Its name.
    pub name: String,
    /// Its attributes.
    pub attributes: BTreeMap<String, String>,
    /// All text within it, with a blank around what is no part of a line.
    pub text: String,
    /// How many elements are around it.
    pub depth: usize,
}

impl Element {
    /// An attribute.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(String::as_str)
    }

    /// Whether it is of a class.
    #[must_use]
    pub fn is(&self, class: &str) -> bool {
        self.get("class").is_some_and(|all| all.split(' ').any(|one| one == class))
    }
}

/// A page.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Html {
    /// Its elements, in order.
    pub elements: Vec<Element>,
    /// What a browser would have to repair or to leave out: comments, tags that do not match, errors in the syntax.
    pub wrong: Vec<String>,
}

/// Elements that stand within lines of text.
const INLINE: &[&str] = &["a", "code", "em", "q", "span", "strong"];
/// Elements that have no end.
const VOID: &[&str] = &["br", "hr", "input", "link", "meta", "img"];

fn text(bytes: &HtmlString) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Reads a page.
#[must_use]
pub fn read(page: &str) -> Html {
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true);
    let mut out = Html::default();
    let mut open: Vec<usize> = vec![];
    for Ok(token) in Tokenizer::new_with_emitter(page, emitter) {
        match token {
            Token::StartTag(tag) => {
                let name = text(&tag.name);
                let attributes = tag.attributes.iter().map(|(name, value)| (text(name), text(&value.value)));
                let attributes = attributes.collect();
                let element = Element { name: name.clone(), attributes, text: String::new(), depth: open.len() };
                if !INLINE.contains(&&*name) {
                    open.iter().for_each(|at| out.elements[*at].text.push(' '));
                }
                if !VOID.contains(&&*name) {
                    open.push(out.elements.len());
                }
                out.elements.push(element);
            }
            Token::EndTag(tag) => {
                let name = text(&tag.name);
                let end = open.pop();
                if !INLINE.contains(&&*name) {
                    open.iter().for_each(|at| out.elements[*at].text.push(' '));
                }
                match end {
                    Some(at) if out.elements[at].name == name => {}
                    _ => out.wrong.push(format!("</{name}> ends nothing")),
                }
            }
            Token::String(piece) => {
                let piece = text(&piece.value);
                open.iter().for_each(|at| out.elements[*at].text.push_str(&piece));
            }
            Token::Comment(comment) => out.wrong.push(format!("a comment: {}", text(&comment.value))),
            Token::Error(error) => out.wrong.push(format!("{error:?}")),
            Token::Doctype(_) => {}
        }
    }
    out.wrong.extend(open.into_iter().map(|at| format!("<{}> does not end", out.elements[at].name)));
    out
}

impl Html {
    /// The elements of a name.
    pub fn all<'p>(&'p self, name: &'p str) -> impl Iterator<Item = &'p Element> {
        self.elements.iter().filter(move |element| element.name == name)
    }

    /// The element with an identifier.
    #[must_use]
    pub fn id(&self, id: &str) -> Option<&Element> {
        self.elements.iter().find(|element| element.get("id") == Some(id))
    }

    /// What the page says, blanks being one.
    #[must_use]
    pub fn main(&self) -> String {
        self.all("main").map(|main| words(&main.text)).collect()
    }
}

/// A text with one blank where there are several.
#[must_use]
pub fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
