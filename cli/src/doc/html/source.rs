//! The page about a file: its lines, each with an address.

use maud::html;

use super::text::pieces;
use super::{Cx, Page, shell};
use crate::doc::places::File;

pub(super) fn page(cx: &Cx<'_>, file: &File) -> Page {
    let mut lines: Vec<Vec<(&str, &str)>> = vec![vec![]];
    for (class, piece) in pieces(&file.text) {
        for (i, part) in piece.split('\n').enumerate() {
            if i > 0 {
                lines.push(vec![]);
            }
            if let Some(line) = lines.last_mut().filter(|_| !part.is_empty()) {
                line.push((class, part.trim_end_matches('\r')));
            }
        }
    }
    if lines.last().is_some_and(Vec::is_empty) {
        lines.pop();
    }
    let main = html! {
        p.crumbs { a href=(super::INDEX) { "Overview" } " › file" }
        h1 { code { (file.name) } }
        pre.zt.source tabindex="0" { code {
            @for (i, line) in lines.iter().enumerate() {
                @let number = i + 1;
                span.line id={ "L" (number) } {
                    a.number href={ "#L" (number) } aria-label={ "line " (number) } { (number) }
                    @for (class, piece) in line {
                        @if class.is_empty() { (piece) } @else { span class=(class) { (piece) } }
                    }
                    "\n"
                }
            }
        } }
    };
    shell::page(cx, &file.page, &file.name, &[], &main)
}
