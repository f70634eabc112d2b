//! scratch
fn main() {
    let text = std::fs::read_to_string(std::env::args().nth(1).unwrap()).unwrap();
    for f in zt_tests::front::mistakes(&text) { println!("{f}"); }
}
