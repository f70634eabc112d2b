//! Native code: mapped, and called.
//!
//! The only unsafe code of the runtime. What makes it sound is said at [`Native::load`]: the code comes
//! from an [`crate::image::Image`], which only the compiler makes, and keeps to the contract of
//! [`crate::abi`]. Memory is never writable and executable at once. Instruction caches are the kernel's
//! matter: it makes fresh pages coherent when they are first mapped executable.
#![expect(unsafe_code, reason = "machine code has to be mapped and called")]

use std::ffi::c_void;
use std::fs::File;
use std::io::Write;
use std::ptr::{self, NonNull};

use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};
use rustix::io::Errno;
use rustix::mm::{MapFlags, MprotectFlags, ProtFlags, mmap, mmap_anonymous, mprotect, munmap};

use crate::helpers::{Answer, Helper};
use crate::index::Leaf;
use crate::operands::Operands;

/// What native code gets as its context. It knows of the first three fields only.
#[repr(C)]
struct NativeContext<'a> {
    helpers: &'a HelperTable,
    elements: *const u64,
    element_count: u64,
    operands: &'a Operands<'a>,
}

type HelperTable = [HelperFunction; Helper::ALL.len()];
type HelperFunction = extern "C" fn(*const NativeContext<'_>, u64, u64) -> u64;
type GroupFunction = unsafe extern "C" fn(*const NativeContext<'_>, *const u64, *mut u64, u64);

macro_rules! shims {
    ($($(#[$doc:meta])* $variant:ident = $name:ident,)*) => {
        $(extern "C" fn $name(context: *const NativeContext<'_>, a: u64, b: u64) -> u64 {
            // SAFETY: native code passes on the context that `Native::call` gave it, which outlives
            // the call.
            let context = unsafe { &*context };
            context.operands.$name(a, b).word()
        })*

        /// The functions that native code calls, in the order of the list.
        static HELPERS: HelperTable = [$($name),*];
    };
}

for_each_helper!(shims);

/// The native code of a package.
#[derive(Debug)]
pub(crate) struct Native {
    entries: Vec<Callable>,
    /// What the functions stand in.
    text: Option<Mapping>,
}

/// An entry's functions, ready to be called.
#[derive(Debug)]
struct Callable {
    slots: usize,
    /// Nothing for groups that are data.
    functions: Vec<Option<GroupFunction>>,
}

/// Where an entry's functions are.
#[derive(Debug)]
pub(crate) struct EntryCode {
    /// How many slots they may read.
    pub(crate) slots: usize,
    /// Their offsets in the code; nothing for groups that are data.
    pub(crate) functions: Vec<Option<u32>>,
}

impl Native {
    /// Maps code so that it can be called.
    ///
    /// The caller vouches that each offset is the start of a function of the contract, that reads no
    /// more of its frame than the entry's slots and of the elements than there are; offsets outside of the code are refused here.
    pub(crate) fn load(code: &[u8], entries: Vec<EntryCode>) -> Result<Self, Errno> {
        let inside = |offset: &u32| usize::try_from(*offset).is_ok_and(|offset| offset < code.len());
        if !entries.iter().all(|entry| entry.functions.iter().flatten().all(inside)) {
            return Err(Errno::INVAL);
        }
        let text = if code.is_empty() { None } else { Some(Mapping::new(code)?) };
        Ok(Self::of(text, &entries))
    }

    /// The functions of a mapping. Where there is none, there are no functions either.
    fn of(text: Option<Mapping>, entries: &[EntryCode]) -> Self {
        let function = |text: &Mapping, offset: Option<u32>| {
            let offset = usize::try_from(offset?).ok()?;
            // SAFETY: `load` checked that `offset` is inside the mapping.
            let address = unsafe { text.start.byte_add(offset) };
            // SAFETY: the text is read-execute, and `offset` came from the image's verified table: a
            // function of this signature starts there.
            Some(unsafe { std::mem::transmute::<NonNull<c_void>, GroupFunction>(address) })
        };
        let callable = |of: &EntryCode| {
            let all = |text: &Mapping| of.functions.iter().map(|offset| function(text, *offset)).collect();
            Callable { slots: of.slots, functions: text.as_ref().map(all).unwrap_or_default() }
        };
        Self { entries: entries.iter().map(callable).collect(), text }
    }

    /// How many bytes the code has.
    pub(crate) fn bytes(&self) -> usize {
        self.text.as_ref().map_or(0, |text| text.length)
    }

    /// Runs the function of an entry's group for a case: the bits of rules that hold and of those that failed.
    ///
    /// Nothing if there is no such function, or if the frame is not of this entry.
    #[inline]
    pub(crate) fn call(&self, entry: usize, leaf: Leaf, operands: &Operands<'_>, frame: &[u64]) -> Option<[u64; 2]> {
        let entry = self.entries.get(entry)?;
        let function = (*entry.functions.get(usize::try_from(leaf.group).ok()?)?)?;
        if frame.len() < entry.slots {
            return None;
        }
        let elements = operands.elements();
        let context = NativeContext {
            helpers: &HELPERS,
            elements: elements.as_ptr(),
            element_count: u64::try_from(elements.len()).ok()?,
            operands,
        };
        // Bits both held and failed: a function that stores nothing is noticed.
        let mut out = [u64::MAX; 2];
        // SAFETY: the mapping lives as long as `self`; by the contract the function reads the context, the frame's slots, as many as were
        // checked above, and the frame's elements, no more than it is told there are, and writes two
        // words to `out`; all outlive the call.
        unsafe { function(&raw const context, frame.as_ptr(), out.as_mut_ptr(), leaf.case.into()) };
        Some(out)
    }
}

/// Executable memory, unmapped when it is dropped.
#[derive(Debug)]
struct Mapping {
    start: NonNull<c_void>,
    length: usize,
}

// SAFETY: the memory is never written after `new`, and any thread may unmap it.
unsafe impl Send for Mapping {}
// SAFETY: as above; reading and executing it together is no conflict.
unsafe impl Sync for Mapping {}

impl Mapping {
    /// Maps a private copy of the code; `code` is not empty.
    fn new(code: &[u8]) -> Result<Self, Errno> {
        // Some sandboxes forbid memory files, or running them.
        Self::sealed(code).or_else(|_| Self::anonymous(code))
    }

    /// By a memory file that is sealed before it is mapped: at no time can the pages be written
    /// through any address or descriptor and run.
    fn sealed(code: &[u8]) -> Result<Self, Errno> {
        let fd = memfd_create("zt-native", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?;
        let mut file = File::from(fd);
        file.write_all(code).map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))?;
        fcntl_add_seals(&file, SealFlags::WRITE | SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL)?;
        let prot = ProtFlags::READ | ProtFlags::EXEC;
        // SAFETY: a new mapping, at an address of the kernel's choice, of a file that can no longer
        // change.
        let start = unsafe { mmap(ptr::null_mut(), code.len(), prot, MapFlags::PRIVATE, &file, 0)? };
        Self::own(start, code.len())
    }

    /// By anonymous memory: written first, then made executable and no longer writable.
    fn anonymous(code: &[u8]) -> Result<Self, Errno> {
        let prot = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: a new mapping, at an address of the kernel's choice.
        let start = unsafe { mmap_anonymous(ptr::null_mut(), code.len(), prot, MapFlags::PRIVATE)? };
        let mapping = Self::own(start, code.len())?;
        // SAFETY: the mapping is as long as the code, writable, and nobody else knows of it.
        unsafe { ptr::copy_nonoverlapping(code.as_ptr(), start.cast(), code.len()) };
        // SAFETY: the range is the mapping; nothing refers to it yet.
        unsafe { mprotect(start, code.len(), MprotectFlags::READ | MprotectFlags::EXEC)? };
        Ok(mapping)
    }

    fn own(start: *mut c_void, length: usize) -> Result<Self, Errno> {
        let start = NonNull::new(start).ok_or(Errno::NOMEM)?;
        Ok(Self { start, length })
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: the mapping is ours, and no function of it runs: calls borrow it.
        // Failing to unmap leaks memory and nothing else.
        let _ = unsafe { munmap(self.start.as_ptr(), self.length) };
    }
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use super::*;
    use crate::frame::Frame;
    use crate::ir::Program;
    use crate::pattern::Patterns;

    /// `mov qword [rdx], 5; mov qword [rdx+8], 2; ret`
    const CONSTANT: &[u8] = &[0x48, 0xc7, 0x02, 5, 0, 0, 0, 0x48, 0xc7, 0x42, 8, 2, 0, 0, 0, 0xc3];

    const FIRST: Leaf = Leaf { group: 0, case: 0 };

    fn protection(mapping: &Mapping) -> String {
        let address = format!("{:x}-", mapping.start.as_ptr().addr());
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
        let line = maps.lines().find(|line| line.starts_with(&address)).unwrap();
        line.split(' ').nth(1).unwrap().to_owned()
    }

    #[test]
    fn code_is_never_writable_and_executable() {
        for mapping in [Mapping::sealed(CONSTANT).unwrap(), Mapping::anonymous(CONSTANT).unwrap()] {
            assert_eq!(protection(&mapping), "r-xp");
            let frame = Frame::default();
            let native = Native::of(Some(mapping), &[EntryCode { slots: 0, functions: vec![Some(0)] }]);
            let (program, patterns) = (Program::default(), Patterns::default());
            let operands = Operands::new(&program, &patterns, &frame);
            assert_eq!(native.call(0, FIRST, &operands, &[]), Some([5, 2]));
        }
    }

    #[test]
    fn only_known_functions_with_whole_frames_are_called() {
        let entries = || vec![EntryCode { slots: 2, functions: vec![Some(0)] }];
        let native = Native::load(CONSTANT, entries()).unwrap();
        let frame = Frame::default();
        let (program, patterns) = (Program::default(), Patterns::default());
        let operands = Operands::new(&program, &patterns, &frame);
        assert_eq!(native.call(0, FIRST, &operands, &[0, 0]), Some([5, 2]));
        assert_eq!(native.call(0, FIRST, &operands, &[0]), None);
        assert_eq!(native.call(0, Leaf { group: 1, case: 0 }, &operands, &[0, 0]), None);
        assert_eq!(native.call(1, FIRST, &operands, &[0, 0]), None);
        assert!(Native::load(&[], entries()).is_err());
        assert!(Native::load(&[0xc3], vec![EntryCode { slots: 0, functions: vec![Some(1)] }]).is_err());
        assert!(Native::load(&[], vec![]).is_ok());
    }
}
