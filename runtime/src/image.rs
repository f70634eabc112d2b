//! The image: a compiled package as one byte string, read and written here.
//!
//! ```text
//! magic "zt-image" | version u32 | number of sections u32 | (offset u32, length u32) per section
//! target     the target triple, UTF-8
//! program    ir::Program in postcard
//! patterns   number u32 | (sparse u32, offset u32, length u32) each | automata
//! finders    number u32 | (0 u32, offset u32, length u32) each | automata
//! functions  per entry: number of groups u32, offset of the function in the code u32 each, 2³² - 1 where there is none
//! code       native code
//! ```
//!
//! Numbers are little-endian. Sections stand in this order, each at the next multiple of 16; so do the
//! automata within theirs; gaps are zero. One package has one image: [`read`] refuses any other spelling.

use std::borrow::Borrow;
use std::fmt;

use postcard::ser_flavors::Flavor;

use crate::abi::FUNCTION_ALIGN;
use crate::ir::Program;
use crate::nesting::MAX_NESTING;

const MAGIC: &[u8; 8] = b"zt-image";
const VERSION: u32 = 3;
const SECTIONS: [&str; 6] = ["target", "program", "patterns", "finders", "functions", "code"];

/// What stands for the offset of a function where a group's rules are data: [`crate::steps`].
pub const DATA: u32 = u32::MAX;

/// What an image holds. One that is written may borrow its program.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parts<P = Program> {
    /// The target triple of the code, such as `x86_64-unknown-linux-gnu`.
    pub target: String,
    /// The package.
    pub program: P,
    /// What matches and finds its patterns.
    pub automata: Automata,
    /// Native code, one function after another, each aligned to [`FUNCTION_ALIGN`].
    pub code: Vec<u8>,
    /// For each entry, for each group of its rules: the function's offset in the code, or [`DATA`].
    pub functions: Vec<Vec<u32>>,
}

/// The automata of a package.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Automata {
    /// Those of [`Program::patterns`], in the same order.
    pub patterns: Vec<PatternTable>,
    /// Those of [`Program::detectors`], table after table: [`zt_values::finder::Finder`] reads each.
    pub finders: Vec<Vec<u8>>,
}

/// The automaton of a pattern: a regex-automata DFA, anchored and matching whole texts only.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PatternTable {
    /// Whether it is a sparse DFA rather than a dense one.
    pub sparse: bool,
    /// The DFA in its own format, in the byte order of the target.
    pub bytes: Vec<u8>,
}

/// A compiled package that may be loaded.
///
/// Its code is executed as it is: only the compiler should make one. There is no way to make one from
/// bytes of a file or a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    bytes: Vec<u8>,
}

/// Why an image could not be read or written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImageError {
    /// It does not begin as an image does.
    NotAnImage,
    /// It is of another version of the format.
    Version(u32),
    /// A part of it is cut short, misplaced, or says what it may not say.
    Malformed(&'static str),
    /// A part of it is too large for the format, or nested too deep.
    TooLarge(&'static str),
}

impl fmt::Display for ImageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAnImage => f.write_str("not an image"),
            Self::Version(version) => write!(f, "image format {version} is not known"),
            Self::Malformed(part) => write!(f, "the image's {part} is damaged"),
            Self::TooLarge(part) => write!(f, "the image's {part} is too large"),
        }
    }
}

impl std::error::Error for ImageError {}

impl Image {
    /// Makes an image.
    ///
    /// # Errors
    ///
    /// [`ImageError::TooLarge`] if a part exceeds 4 GiB or an expression is nested too deep.
    pub fn write<P: Borrow<Program>>(parts: &Parts<P>) -> Result<Self, ImageError> {
        write(parts).map(|bytes| Self { bytes })
    }

    /// The image as bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

fn write<P: Borrow<Program>>(parts: &Parts<P>) -> Result<Vec<u8>, ImageError> {
    let program: &Program = parts.program.borrow();
    if program.expressions().any(|expr| expr.depth_exceeds(MAX_NESTING)) {
        return Err(ImageError::TooLarge("program"));
    }
    let program = postcard::to_stdvec(program).map_err(|_| ImageError::TooLarge("program"))?;
    let [patterns, finders, functions] = tables(&parts.automata, &parts.functions)?;
    let sections = [parts.target.as_bytes(), &program, &patterns, &finders, &functions, &parts.code];
    let (mut bytes, end) = header(sections.map(<[u8]>::len))?;
    bytes.reserve_exact(end.saturating_sub(bytes.len()));
    for section in sections {
        align(&mut bytes);
        bytes.extend_from_slice(section);
    }
    Ok(bytes)
}

/// The sections of automata and functions.
fn tables(automata: &Automata, functions: &[Vec<u32>]) -> Result<[Vec<u8>; 3], ImageError> {
    let patterns = automata.patterns.iter().map(|pattern| (u32::from(pattern.sparse), pattern.bytes.as_slice()));
    let finders = automata.finders.iter().map(|bytes| (0, bytes.as_slice()));
    Ok([write_automata("patterns", patterns)?, write_automata("finders", finders)?, write_functions(functions)?])
}

/// What stands before sections of these lengths, and where these end.
fn header(lengths: [usize; SECTIONS.len()]) -> Result<(Vec<u8>, usize), ImageError> {
    let places = places(size_of_header(lengths.len()), &lengths).ok_or(ImageError::TooLarge("content"))?;
    let mut bytes = Vec::new();
    bytes.extend_from_slice(MAGIC);
    put(&mut bytes, VERSION);
    put(&mut bytes, count(lengths.len(), "content")?);
    let mut end = 0_usize;
    for (offset, length) in places {
        put(&mut bytes, offset);
        put(&mut bytes, length);
        end = usize::try_from(offset.saturating_add(length)).map_err(|_| ImageError::TooLarge("content"))?;
    }
    Ok((bytes, end))
}

/// Whether an image is what [`write`] makes of sections, and nothing more.
fn is_laid_out(image: &[u8], sections: [&[u8]; SECTIONS.len()]) -> bool {
    let Ok((header, _)) = header(sections.map(<[u8]>::len)) else { return false };
    let mut at = header.len();
    image.starts_with(&header)
        && sections.iter().all(|section| {
            let start = at.next_multiple_of(FUNCTION_ALIGN);
            let is_gap = image.get(at..start).is_some_and(|gap| gap.iter().all(|byte| *byte == 0));
            at = start.saturating_add(section.len());
            is_gap && image.get(start..at) == Some(*section)
        })
        && at == image.len()
}

/// Takes bytes that are written for those that are expected, and nothing else.
struct Expected<'a>(&'a [u8]);

impl Flavor for Expected<'_> {
    type Output = bool;

    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.try_extend(&[byte])
    }

    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        self.0 = self.0.strip_prefix(bytes).ok_or(postcard::Error::SerializeBufferFull)?;
        Ok(())
    }

    fn finalize(self) -> postcard::Result<bool> {
        Ok(self.0.is_empty())
    }
}

/// Whether bytes are the one spelling of a program.
fn is_spelled(program: &Program, bytes: &[u8]) -> bool {
    postcard::serialize_with_flavor(program, Expected(bytes)) == Ok(true)
}

/// Automata, each with a number that says something of it.
fn write_automata<'a>(
    section: &'static str,
    automata: impl Iterator<Item = (u32, &'a [u8])> + Clone,
) -> Result<Vec<u8>, ImageError> {
    let lengths: Vec<usize> = automata.clone().map(|(_, automaton)| automaton.len()).collect();
    let header = size_of_automata_header(lengths.len());
    let places = places(header, &lengths).ok_or(ImageError::TooLarge(section))?;
    let mut bytes = Vec::new();
    put(&mut bytes, count(lengths.len(), section)?);
    for ((says, _), &(offset, length)) in automata.clone().zip(&places) {
        put(&mut bytes, says);
        put(&mut bytes, offset);
        put(&mut bytes, length);
    }
    for (_, automaton) in automata {
        align(&mut bytes);
        bytes.extend_from_slice(automaton);
    }
    Ok(bytes)
}

fn write_functions(functions: &[Vec<u32>]) -> Result<Vec<u8>, ImageError> {
    let mut bytes = Vec::new();
    put(&mut bytes, count(functions.len(), "functions")?);
    for groups in functions {
        put(&mut bytes, count(groups.len(), "functions")?);
        for &offset in groups {
            put(&mut bytes, offset);
        }
    }
    Ok(bytes)
}

/// Reads an image's parts. What they mean is not looked at.
///
/// # Errors
///
/// For any bytes other than those that [`Image::write`] makes.
pub fn read(bytes: &[u8]) -> Result<Parts, ImageError> {
    let mut header = Reader { rest: bytes, part: "header" };
    if header.take(MAGIC.len()) != Ok(MAGIC) {
        return Err(ImageError::NotAnImage);
    }
    let version = header.u32()?;
    if version != VERSION {
        return Err(ImageError::Version(version));
    }
    if header.length()? != SECTIONS.len() {
        return Err(ImageError::Malformed("header"));
    }
    let mut sections = [&[][..]; SECTIONS.len()];
    for (section, name) in sections.iter_mut().zip(SECTIONS) {
        let offset = header.length()?;
        let length = header.length()?;
        *section = part(bytes, offset, length).ok_or(ImageError::Malformed(name))?;
    }
    let [target, program, patterns, finders, functions, code] = sections;
    let parts = Parts {
        target: String::from_utf8(target.to_vec()).map_err(|_| ImageError::Malformed("target"))?,
        program: postcard::from_bytes(program).map_err(|_| ImageError::Malformed("program"))?,
        automata: Automata {
            patterns: read_automata("patterns", patterns)?
                .into_iter()
                .map(|(sparse, bytes)| PatternTable { sparse: sparse != 0, bytes })
                .collect(),
            finders: read_automata("finders", finders)?.into_iter().map(|(_, bytes)| bytes).collect(),
        },
        code: code.to_vec(),
        functions: read_functions(functions)?,
    };
    // Overlaps, gaps, bytes after the end, numbers spelled in more bytes than they need: whatever else
    // could be read leniently shows here.
    let [patterns, finders, functions] = tables(&parts.automata, &parts.functions)?;
    let sections = [target, program, &patterns, &finders, &functions, code];
    if !is_spelled(&parts.program, program) || !is_laid_out(bytes, sections) {
        return Err(ImageError::Malformed("layout"));
    }
    Ok(parts)
}

fn read_automata(section: &'static str, bytes: &[u8]) -> Result<Vec<(u32, Vec<u8>)>, ImageError> {
    let mut header = Reader { rest: bytes, part: section };
    let count = header.length()?;
    if size_of_automata_header(count) > bytes.len() {
        return Err(ImageError::Malformed(section));
    }
    let mut automata = Vec::new();
    // Automata do not share bytes: what is copied is never more than what was there.
    let mut free = bytes.len();
    for _ in 0..count {
        let says = header.u32()?;
        let offset = header.length()?;
        let length = header.length()?;
        free = free.checked_sub(length).ok_or(ImageError::Malformed(section))?;
        automata.push((says, part(bytes, offset, length).ok_or(ImageError::Malformed(section))?.to_vec()));
    }
    Ok(automata)
}

fn read_functions(bytes: &[u8]) -> Result<Vec<Vec<u32>>, ImageError> {
    let mut reader = Reader { rest: bytes, part: "functions" };
    let entries = reader.length()?;
    let mut functions = Vec::new();
    for _ in 0..entries {
        let groups = reader.length()?;
        let offsets: Result<Vec<u32>, _> = (0..groups).map(|_| reader.u32()).collect();
        functions.push(offsets?);
    }
    Ok(functions)
}

/// Where parts of these lengths stand after a header.
fn places(header: usize, lengths: &[usize]) -> Option<Vec<(u32, u32)>> {
    let mut end = header;
    let mut places = Vec::new();
    for &length in lengths {
        let offset = end.checked_next_multiple_of(FUNCTION_ALIGN)?;
        end = offset.checked_add(length)?;
        // The end, too, must be a number of the format.
        u32::try_from(end).ok()?;
        places.push((u32::try_from(offset).ok()?, u32::try_from(length).ok()?));
    }
    Some(places)
}

const fn size_of_header(sections: usize) -> usize {
    sections.saturating_mul(8).saturating_add(16)
}

const fn size_of_automata_header(automata: usize) -> usize {
    automata.saturating_mul(12).saturating_add(4)
}

fn count(count: usize, part: &'static str) -> Result<u32, ImageError> {
    u32::try_from(count).map_err(|_| ImageError::TooLarge(part))
}

fn put(bytes: &mut Vec<u8>, number: u32) {
    bytes.extend_from_slice(&number.to_le_bytes());
}

fn align(bytes: &mut Vec<u8>) {
    bytes.resize(bytes.len().next_multiple_of(FUNCTION_ALIGN), 0);
}

fn part(bytes: &[u8], offset: usize, length: usize) -> Option<&[u8]> {
    bytes.get(offset..offset.checked_add(length)?)
}

/// Takes numbers from the front of some bytes.
struct Reader<'a> {
    rest: &'a [u8],
    part: &'static str,
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], ImageError> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(ImageError::Malformed(self.part))?;
        self.rest = rest;
        Ok(taken)
    }

    fn u32(&mut self) -> Result<u32, ImageError> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or(ImageError::Malformed(self.part))?;
        self.rest = rest;
        Ok(u32::from_le_bytes(*taken))
    }

    fn length(&mut self) -> Result<usize, ImageError> {
        usize::try_from(self.u32()?).map_err(|_| ImageError::Malformed(self.part))
    }
}

#[cfg(test)]
mod tests;
