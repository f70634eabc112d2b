//! Images survive writing and reading; other bytes do not.

use proptest::prelude::*;

use super::*;
use crate::fixture;
use crate::ir::Expr;
use crate::schema::Reads;

fn parts() -> Parts {
    let pattern = |sparse, length| PatternTable { sparse, bytes: vec![7; length] };
    Parts {
        target: "x86_64-unknown-linux-gnu".into(),
        program: fixture::program(),
        automata: Automata {
            patterns: vec![pattern(true, 5), pattern(false, 0), pattern(false, 33)],
            finders: vec![vec![3; 17], vec![]],
        },
        code: vec![0xc3; 20],
        functions: vec![vec![0, 16], vec![]],
    }
}

fn nested(depth: usize) -> Parts {
    let mut parts = parts();
    let mut condition = Expr::Const(1);
    for _ in 1..depth {
        condition = Expr::Not(Box::new(condition));
    }
    parts.program.entries[0].rules[0].condition = condition;
    parts
}

#[test]
fn what_is_written_reads_back() {
    for parts in [parts(), Parts::default(), nested(MAX_NESTING)] {
        let image = Image::write(&parts).unwrap();
        assert_eq!(read(image.bytes()).unwrap(), parts);
    }
}

#[test]
fn deep_trees_are_refused_both_ways() {
    let too_large = Err(ImageError::TooLarge("program"));
    assert_eq!(Image::write(&nested(MAX_NESTING + 1)), too_large);
    // A negation and a read of a field's field, as they are spelled, over and over.
    assert!(postcard::from_bytes::<Expr>(&vec![7; 1_000_000]).is_err());
    assert!(postcard::from_bytes::<Reads>(&[0, 0, 1, 0].repeat(1_000_000)).is_err());
    // Having refused, the reader still reads.
    assert_eq!(postcard::from_bytes::<Expr>(&[7, 0, 2]), Ok(Expr::Not(Box::new(Expr::Const(1)))));
}

#[test]
fn other_bytes_are_refused() {
    let image = Image::write(&parts()).unwrap();
    let bytes = image.bytes();
    assert_eq!(read(b"GIF89a"), Err(ImageError::NotAnImage));
    assert_eq!(read(&bytes[..8]), Err(ImageError::Malformed("header")));
    for end in 0..bytes.len() {
        assert!(read(&bytes[..end]).is_err(), "cut at {end}");
    }
    assert!(read(&[bytes, &[0]].concat()).is_err());
    let mut newer = bytes.to_vec();
    newer[8] = 4;
    assert_eq!(read(&newer), Err(ImageError::Version(4)));
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes: Vec<u8>, sections: Vec<u8>) {
        prop_assert!(read(&bytes).is_err());
        let mut image = b"zt-image\x01\0\0\0\x05\0\0\0".to_vec();
        image.extend(sections);
        prop_assert!(read(&image).is_err());
    }

    #[test]
    fn a_changed_image_is_refused_or_another_image(place: prop::sample::Index, byte: u8) {
        let mut bytes = Image::write(&parts()).unwrap().bytes().to_vec();
        let place = place.index(bytes.len());
        bytes[place] = byte;
        if let Ok(parts) = read(&bytes) {
            let image = Image::write(&parts).unwrap();
            prop_assert_eq!(image.bytes(), &bytes);
        }
    }
}
