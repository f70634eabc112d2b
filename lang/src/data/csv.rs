//! CSV as RFC 4180 has it, without what readers take differently: one header, rows of as many cells, quotes around
//! whole cells only, no blanks around cells.

use super::{Datum, MAX_MISTAKES, MAX_ROWS, Member, Row, Sheet, Spot, hidden, span, too_many_rows, unprintable};
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::Name;
use crate::span::Span;

/// The most columns of a file.
const MAX_COLUMNS: usize = 256;

/// A cell: where it stands, what it says, and whether it has quotes.
struct Cell {
    start: usize,
    end: usize,
    text: String,
    quoted: bool,
}

impl Cell {
    fn span(&self) -> Span {
        span(self.start, self.end)
    }
}

/// Reads the whole text.
pub(super) fn read(text: &str) -> Sheet {
    let mut sheet = Sheet::default();
    let mut scanner = Scanner { text, at: 0, mistakes: vec![] };
    let mut header: Option<Vec<(Name, Span)>> = None;
    while let Some(cells) = scanner.row() {
        let Some(columns) = &header else {
            header = Some(columns(&cells, &mut scanner.mistakes));
            continue;
        };
        let whole = cells.first().map_or(0, |c| c.start)..cells.last().map_or(0, |c| c.end);
        let whole = span(whole.start, whole.end);
        if sheet.rows.len() == MAX_ROWS {
            scanner.mistakes.push(too_many_rows(whole));
            break;
        }
        if cells.len() != columns.len() {
            scanner.mistakes.push(
                Diagnostic::new(
                    Code::DataSyntax,
                    whole,
                    format!("this row has {}, the header has {}", count(cells.len()), count(columns.len())),
                )
                .label(if cells.len() < columns.len() { "too short" } else { "too long" })
                .help("every row has a cell for each column; a cell with a comma in it stands in double quotes"),
            );
        } else {
            let members = columns.iter().zip(cells).map(|((name, at), cell)| {
                let (span, nothing) = (cell.span(), cell.text.is_empty() && !cell.quoted);
                let datum = if nothing { Datum::Nothing } else { Datum::Cell(cell.text) };
                Member { name: name.clone(), at: *at, value: Spot { span, datum } }
            });
            sheet.rows.push(Row { span: whole, members: members.collect() });
        }
        if scanner.mistakes.len() >= MAX_MISTAKES {
            break;
        }
    }
    if header.is_none() {
        scanner.mistakes.push(
            Diagnostic::new(Code::DataSyntax, Span::default(), "the data file is empty")
                .label("a header is missing")
                .help("its first line names the columns, divided by commas"),
        );
    }
    sheet.header = header;
    sheet.mistakes = scanner.mistakes;
    sheet
}

fn count(cells: usize) -> String {
    if cells == 1 { "1 cell".to_owned() } else { format!("{cells} cells") }
}

/// The names of the columns.
fn columns(cells: &[Cell], mistakes: &mut Vec<Diagnostic>) -> Vec<(Name, Span)> {
    let mut out: Vec<(Name, Span)> = vec![];
    if let Some(cell) = cells.get(MAX_COLUMNS) {
        mistakes.push(
            Diagnostic::new(
                Code::DataSyntax,
                cell.span(),
                format!("the data file has more than {MAX_COLUMNS} columns"),
            )
            .label("one too many")
            .help("no row says so much; divide the file"),
        );
    }
    for cell in cells {
        let d = if cell.text.is_empty() {
            Some(
                Diagnostic::new(Code::DataSyntax, cell.span(), "a column has no name")
                    .label("empty")
                    .help("the first line names the columns, divided by commas"),
            )
        } else {
            out.iter().find(|(name, _)| **name == *cell.text).map(|(_, first)| {
                Diagnostic::new(Code::DataSyntax, cell.span(), format!("two columns are called `{}`", cell.text))
                    .label("the second")
                    .related(None, *first, "the first")
                    .help("remove one of them")
            })
        };
        mistakes.extend(d);
        out.push((Name::from(&*cell.text), cell.span()));
    }
    out
}

struct Scanner<'t> {
    text: &'t str,
    at: usize,
    mistakes: Vec<Diagnostic>,
}

impl Scanner<'_> {
    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The cells of the next line that has any; nothing at the end.
    fn row(&mut self) -> Option<Vec<Cell>> {
        while matches!(self.byte(), Some(b'\n')) || self.text.get(self.at..).is_some_and(|t| t.starts_with("\r\n")) {
            self.at += 1;
        }
        self.byte()?;
        let mut cells = vec![];
        loop {
            let cell = self.cell();
            // One too many is enough to say so.
            if cells.len() <= MAX_COLUMNS {
                cells.push(cell);
            }
            match self.byte() {
                Some(b',') => self.at += 1,
                Some(b'\n') => {
                    self.at += 1;
                    return Some(cells);
                }
                Some(_) => {
                    self.at += 2;
                    return Some(cells);
                }
                None => return Some(cells),
            }
        }
    }

    /// The next cell; what follows it is a comma or the end of the line.
    fn cell(&mut self) -> Cell {
        if self.byte() == Some(b'"') {
            return self.quoted();
        }
        let start = self.at;
        let end = self.skip_cell();
        let text = self.text.get(start..end).unwrap_or_default();
        let cell = Cell { start, end, text: text.to_owned(), quoted: false };
        if let Some(at) = text.find('"') {
            self.mistakes.push(
                Diagnostic::new(
                    Code::DataSyntax,
                    span(start + at, start + at + 1),
                    "a quote within a cell without quotes",
                )
                .label("quotes go around the whole cell")
                .help("put the cell in double quotes, and write each quote in it twice"),
            );
        } else if text.starts_with([' ', '\t']) || text.ends_with([' ', '\t']) {
            let trimmed = text.trim_matches([' ', '\t']);
            self.mistakes.push(
                Diagnostic::new(Code::DataSyntax, cell.span(), "there are blanks around this cell")
                    .label("nobody can tell whether they are meant")
                    .help("remove them; if they are meant, put the cell in double quotes")
                    .fix("remove the blanks", cell.span(), trimmed),
            );
        }
        self.printable(start, end);
        cell
    }

    /// Goes on to the end of a cell, which is a comma, the end of a line, or that of the text.
    fn skip_cell(&mut self) -> usize {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let length = rest
            .bytes()
            .enumerate()
            .position(|(i, b)| b == b',' || b == b'\n' || b == b'\r' && rest.as_bytes().get(i + 1) == Some(&b'\n'));
        self.at += length.unwrap_or(rest.len());
        self.at
    }

    fn quoted(&mut self) -> Cell {
        let start = self.at;
        self.at += 1;
        let mut text = String::new();
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            let Some(quote) = rest.find('"') else {
                // The rest of the file is in it: where the quote starts is all that can be said.
                self.mistakes.push(
                    Diagnostic::new(Code::DataSyntax, span(start, start + 1), "a quote has no end")
                        .label("starts here")
                        .help("a quote in a cell is written twice: `\"\"`"),
                );
                self.at = self.text.len();
                return Cell { start, end: self.at, text, quoted: true };
            };
            text.push_str(rest.get(..quote).unwrap_or_default());
            self.at += quote + 1;
            if self.byte() != Some(b'"') {
                break;
            }
            text.push('"');
            self.at += 1;
        }
        let end = self.at;
        self.printable(start, end);
        if self.skip_cell() != end {
            self.mistakes.push(
                Diagnostic::new(Code::DataSyntax, span(end, self.at), "something follows the end of a quote")
                    .label("outside of the quotes")
                    .help("a quote in a cell is written twice, and the whole cell stands in quotes"),
            );
        }
        Cell { start, end: self.at, text, quoted: true }
    }

    fn printable(&mut self, start: usize, end: usize) {
        if let Some((at, c)) = hidden(self.text.get(start..end).unwrap_or_default()) {
            self.mistakes.push(unprintable(start + at, c));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(text: &str) -> Result<Vec<Vec<String>>, Vec<String>> {
        let sheet = read(text);
        if !sheet.mistakes.is_empty() {
            return Err(sheet.mistakes.into_iter().map(|d| d.message).collect());
        }
        let shown = |spot: Spot| match spot.datum {
            Datum::Cell(text) => text,
            _ => "-".to_owned(),
        };
        Ok(sheet.rows.into_iter().map(|row| row.members.into_iter().map(|m| shown(m.value)).collect()).collect())
    }

    #[test]
    fn rows_and_cells() {
        let rows = |rows: &[&[&str]]| Ok(rows.iter().map(|r| r.iter().map(|c| (*c).to_owned()).collect()).collect());
        assert_eq!(cells("a,b\n1,2\n"), rows(&[&["1", "2"]]));
        assert_eq!(cells("a,b\r\n1,2\r\n\r\n3,4"), rows(&[&["1", "2"], &["3", "4"]]));
        assert_eq!(cells("a,b\n\"1,\"\"2\"\"\",\n,\"\"\n"), rows(&[&["1,\"2\"", "-"], &["-", ""]]));
        assert_eq!(cells("a\n\" x \"\n"), rows(&[&[" x "]]));
        assert_eq!(cells("a\n"), rows(&[]));
        assert_eq!(cells("é\nß\n"), rows(&[&["ß"]]));
    }

    #[test]
    fn what_readers_take_differently_is_refused() {
        for text in [
            "",
            "\n\n",
            "a,b\n1\n",
            "a,b\n1,2,3\n",
            "a,a\n1,2\n",
            "a,\n1,2\n",
            "a\nx\"y\n",
            "a\n\"x\"y\n",
            "a\n\"x\n",
            "a\n x\n",
            "a\nx\t\n",
            "a\nx\ry\n",
            "a\n\"x\ny\"\n",
            "a\n\u{200b}\n",
            "a, b\n1,2\n",
        ] {
            assert!(cells(text).is_err(), "{text:?}: {:?}", cells(text));
        }
    }

    #[test]
    fn places_are_those_of_the_cells() {
        let text = "id,name\r\nb-1,\"x,\"\"y\"\n";
        let sheet = read(text);
        let row = sheet.rows.first().expect("a row");
        let at = |span: Span| text.get(span.start as usize..span.end as usize).expect("a place");
        let shown: Vec<(&str, &str)> = row.members.iter().map(|m| (at(m.at), at(m.value.span))).collect();
        assert_eq!(shown, [("id", "b-1"), ("name", "\"x,\"\"y\"")]);
        assert_eq!(at(row.span), "b-1,\"x,\"\"y\"");
    }
}
