//! Messages as they come in: what is none is answered by an error instead of ending the server.
//!
//! The reader behind this one stops at the first message that it does not understand, so it gets none such: a request
//! stands in for it that nobody else makes, and whose answer is the error that JSON-RPC has for this.

use tokio::io::{
    AsyncBufRead, AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader,
};
use tower_lsp::jsonrpc::{Request, Response};

/// What stands in for a message that is none.
pub(crate) const UNREADABLE: &str = "zt/unreadable";

/// The longest line of a head, and the longest message: nothing that an editor sends is longer.
const MAX_HEAD: u64 = 4 << 10;
const MAX_BODY: usize = 512 << 20;

/// Hands messages on until there are no more, or one is so broken that nobody knows where the next begins.
pub(crate) async fn relay(from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin) {
    let mut from = BufReader::new(from);
    while let Some(body) = next(&mut from).await {
        let body = if understood(&body) {
            body
        } else {
            format!(r#"{{"jsonrpc":"2.0","id":null,"method":"{UNREADABLE}"}}"#).into_bytes()
        };
        let head = format!("Content-Length: {}\r\n\r\n", body.len());
        if to.write_all(head.as_bytes()).await.is_err() || to.write_all(&body).await.is_err() {
            return;
        }
    }
}

/// The next message; none at the end.
async fn next(from: &mut (impl AsyncBufRead + Unpin)) -> Option<Vec<u8>> {
    let mut length: Option<usize> = None;
    loop {
        let mut line = vec![];
        let read = (&mut *from).take(MAX_HEAD).read_until(b'\n', &mut line).await.ok()?;
        if read == 0 || !line.ends_with(b"\n") {
            return None;
        }
        let line = String::from_utf8_lossy(&line);
        match (line.trim_end().split_once(':'), length) {
            (Some((name, value)), _) if name.eq_ignore_ascii_case("content-length") => {
                length = Some(value.trim().parse().ok().filter(|length| *length <= MAX_BODY)?);
            }
            // The line that ends the head; before a length is known it is nothing.
            (None, Some(length)) if line.trim_end().is_empty() => {
                let mut body = vec![0; length];
                from.read_exact(&mut body).await.ok()?;
                return Some(body);
            }
            _ => {}
        }
    }
}

/// Whether the reader behind this one understands a message.
fn understood(body: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(body) else { return false };
    serde_json::from_str::<Request>(text).is_ok() || serde_json::from_str::<Response>(text).is_ok()
}
