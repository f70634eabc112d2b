//! The pages about what a package speaks of: types and tags, tables and functions.

use maud::{Markup, html};

use super::links::{TABLES, TYPES};
use super::markdown::markdown;
use super::rule::term;
use super::text::{code, scrolled};
use super::{Cx, Page, shell};
use crate::doc::model::{Function, Table, Target, TypeDoc};
use crate::doc::names::id;

/// The kinds of types, in the order in which they are shown.
const KINDS: &[(&str, &str)] =
    &[("entity", "Entities"), ("record", "Records"), ("enum", "Enums"), ("type", "Named types")];

pub(super) fn types(cx: &Cx<'_>) -> Page {
    let site = cx.site;
    let of = |word: &'static str| site.types.iter().filter(move |ty| ty.word == word);
    let mut places: Vec<(String, String)> = KINDS
        .iter()
        .flat_map(|(word, _)| of(word))
        .map(|ty| (id("type", &ty.item.name), ty.item.name.to_string()))
        .collect();
    places.extend(site.tags.iter().map(|tag| (id("tag", &tag.item.name), format!("#{}", tag.item.name))));
    let main = html! {
        h1 { "Vocabulary" }
        p { "What requests and answers may hold. A request with anything else is refused before any rule is asked." }
        @for (word, title) in KINDS {
            @if of(word).next().is_some() {
                section { h2 { (title) } @for ty in of(word) { (type_doc(cx, ty)) } }
            }
        }
        @if !site.tags.is_empty() {
            section {
                h2 { "Tags" }
                p {
                    "What actions have in common. A policy for a tag is for every action that carries it, "
                    "also for those that come later."
                }
                @for tag in &site.tags {
                    article.rule id=(id("tag", &tag.item.name)) {
                        (cx.head(3, &format!("#{}", tag.item.name), &tag.item))
                        dl.facts {
                            @if !tag.parents.is_empty() { (term("In", &cx.list(&tag.parents, Target::Tag, ""))) }
                            @if tag.required { (term("Required", &html! { "every action carries it, or one in it" })) }
                            (term("Carried by", &cx.list(&tag.actions, Target::Action, "no action")))
                        }
                        (cx.fields(&format!("What actions with {} say", tag.item.name), &tag.fields))
                    }
                }
            }
        }
    };
    shell::page(cx, TYPES, "Vocabulary", &places, &main)
}

fn type_doc(cx: &Cx<'_>, ty: &TypeDoc) -> Markup {
    let name = &ty.item.name;
    html! {
        article.rule id=(id("type", name)) {
            (cx.head(3, name, &ty.item))
            @if ty.channel.is_some() || !ty.parents.is_empty() {
                dl.facts {
                    @if let Some(channel) = &ty.channel { (term("Vouched for by", &cx.phrase(channel))) }
                    @if !ty.parents.is_empty() { (term("May be in", &cx.list(&ty.parents, Target::Type, ""))) }
                }
            }
            @if ty.word == "type" { (code(&ty.item.text)) }
            @if !ty.members.is_empty() {
                @if ty.ordered { p.quiet { "Ordered, lowest first." } }
                ul {
                    @for (member, wire, doc) in &ty.members {
                        li {
                            code { (member) }
                            @if let Some(wire) = wire { span.quiet { " sent as " code { (wire) } } }
                            (markdown(doc))
                        }
                    }
                }
            }
            (cx.fields(&format!("Fields of {name}"), &ty.fields))
            @if ty.fields.is_empty() && ty.members.is_empty() && ty.word != "type" {
                p.quiet { "It has an id, and no attributes that policies read." }
            }
        }
    }
}

pub(super) fn tables(cx: &Cx<'_>) -> Page {
    let site = cx.site;
    let mut places: Vec<(String, String)> =
        site.tables.iter().map(|t| (id("table", &t.item.name), t.item.name.to_string())).collect();
    places.extend(site.functions.iter().map(|f| (id("function", &f.item.name), f.item.name.to_string())));
    let main = html! {
        h1 { "Tables and functions" }
        section {
            h2 { "Tables" }
            @if site.tables.is_empty() { p { "The package has no tables, and its rules ask none." } }
            @for one in &site.tables { (table(cx, one)) }
        }
        section {
            h2 { "Functions" }
            @if site.functions.is_empty() { p { "The package has no functions, and its rules use none." } }
            @for one in &site.functions { (function(cx, one)) }
        }
    };
    shell::page(cx, TABLES, "Tables and functions", &places, &main)
}

fn table(cx: &Cx<'_>, table: &Table) -> Markup {
    let name = &table.item.name;
    let caption = format!("Rows of {name}");
    html! {
        article.rule id=(id("table", name)) {
            (cx.head(3, name, &table.item))
            dl.facts {
                (term("Looked up by", &html! {
                    @for (i, (column, ty)) in table.keys.iter().enumerate() {
                        @if i > 0 { ", " }
                        @if let Some(column) = column { code { (column) } " : " }
                        (cx.phrase(ty))
                    }
                }))
                @if let Some(value) = &table.value { (term("Says", &cx.phrase(value))) }
                @if table.seeks {
                    (term("How", &html! { "every pattern is sought in the text; the highest of what is found counts" }))
                }
                (term("Rows", &html! {
                    @match &table.source {
                        Some((source, fresh)) => {
                            "asked of the source " (cx.linked(source, &Target::Source(source.clone())))
                            @if let Some(fresh) = fresh { ", with answers at most " (fresh) " old" }
                        }
                        None if table.count == 0 && table.seeks => { "as written; no rule asks it" }
                        None => { (table.count) " in the package" }
                    }
                }))
                (term("Asked by", &cx.rules(&table.rules, "no rule")))
            }
            @if !table.rows.is_empty() {
                details.written open[table.rows.len() <= 12] {
                    summary { "Rows" @if table.rows.len() < table.count { " (the first " (table.rows.len()) ")" } }
                    (scrolled(&caption, &html! {
                        table {
                            caption { (caption) }
                            thead { tr {
                                @for (i, (column, _)) in table.keys.iter().enumerate() {
                                    th scope="col" { @match column { Some(column) => { (column) } None => { "key " (i + 1) } } }
                                }
                                @if table.value.is_some() { th scope="col" { "says" } }
                            } }
                            tbody { @for row in &table.rows { tr { @for cell in row { td { code { (cell) } } } } } }
                        }
                    }))
                }
            }
            (cx.as_written(&table.item.text))
        }
    }
}

fn function(cx: &Cx<'_>, function: &Function) -> Markup {
    let name = &function.item.name;
    html! {
        article.rule id=(id("function", name)) {
            (cx.head(3, name, &function.item))
            dl.facts {
                @if !function.params.is_empty() {
                    (term("Of", &html! {
                        @for (i, (param, ty)) in function.params.iter().enumerate() {
                            @if i > 0 { ", " }
                            code { (param) } " : " (cx.phrase(ty))
                        }
                    }))
                }
                @if let Some(reading) = &function.reading { (term("Holds when", &cx.when(reading))) }
                (term("Used by", &cx.rules(&function.rules, "no rule")))
            }
            (code(&function.item.text))
        }
    }
}
