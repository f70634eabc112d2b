//! The protocol: what editors send is handed on in the order in which it came, and what there is to say is sent back.
//!
//! Handlers run at the same time, but each begins by sending what it got before it waits for anything, and they begin in
//! order. So the one thread behind them sees what the editor did in the order in which it was done.

use std::path::PathBuf;
use std::str::FromStr as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, OnceLock};

use serde_json::json;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;
use tower_lsp::jsonrpc::{Error, Result};
use tower_lsp::ls_types::{
    ClientCapabilities, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag,
    DidChangeTextDocumentParams, DidChangeWatchedFilesParams, DidChangeWatchedFilesRegistrationOptions,
    DidCloseTextDocumentParams, DidOpenTextDocumentParams, DidSaveTextDocumentParams, FileSystemWatcher, GlobPattern,
    GotoDefinitionParams, GotoDefinitionResponse, Hover, HoverContents, HoverParams, HoverProviderCapability,
    InitializeParams, InitializeResult, InitializedParams, Location, LocationLink, MarkupContent, MarkupKind,
    MessageType, NumberOrString, OneOf, PositionEncodingKind, Registration, SaveOptions, ServerCapabilities,
    ServerInfo, TextDocumentSyncCapability, TextDocumentSyncKind, TextDocumentSyncOptions, TextDocumentSyncSaveOptions,
    Uri,
};
use tower_lsp::{Client, LanguageServer, LspService, Server, ls_types};
use zt_lang::db::Database;
use zt_lang::diagnostic::{Code, Severity};
use zt_packages::folder::tidy;

use crate::document::{Document, Edit};
use crate::frames::{UNREADABLE, relay};
use crate::position::{Encoding, Position, Range};
use crate::report::Report;
use crate::standard::Shelf;
use crate::worker::{Message, Output, Question, start};

/// Serves the editor on standard input and output until it says `exit` or goes away; whether it said goodbye as it
/// should: `shutdown` first.
///
/// # Errors
/// If there is no way to wait for input.
pub fn serve() -> std::io::Result<bool> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let goodbye = Arc::new(AtomicBool::new(false));
    let said = goodbye.clone();
    runtime.block_on(async move {
        let (service, socket) = LspService::build(|client| Editor::new(client, said))
            .custom_method(UNREADABLE, Editor::unreadable)
            .finish();
        let (to, input) = tokio::io::duplex(1 << 16);
        tokio::spawn(relay(tokio::io::stdin(), to));
        Server::new(input, tokio::io::stdout(), socket).serve(service).await;
    });
    // A read of standard input may still be under way, and nobody will end it.
    runtime.shutdown_background();
    Ok(goodbye.load(Ordering::SeqCst))
}

/// The editor, as the server sees it.
struct Editor {
    client: Client,
    goodbye: Arc<AtomicBool>,
    /// What was agreed on.
    terms: OnceLock<Terms>,
    /// What the other thread says, until somebody passes it on.
    said: std::sync::Mutex<Option<UnboundedReceiver<Output>>>,
}

/// What editor and server agreed on when they met.
struct Terms {
    world: Sender<Message>,
    /// Whether a definition may be told with the place that was asked about.
    links: bool,
    /// Whether the editor shows Markdown.
    markdown: bool,
    /// Whether it watches files if it is asked to.
    watches: bool,
}

impl Editor {
    fn new(client: Client, goodbye: Arc<AtomicBool>) -> Self {
        Editor { client, goodbye, terms: OnceLock::new(), said: std::sync::Mutex::new(None) }
    }

    /// Hands something on. Nothing waits here.
    fn send(&self, message: Message) {
        if let Some(terms) = self.terms.get() {
            // If the thread is gone, questions are answered by that.
            let _ = terms.world.send(message);
        }
    }

    /// Answers what was no message.
    async fn unreadable(&self) -> Result<()> {
        Err(Error::parse_error())
    }

    /// Asks, and waits for the answer.
    async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(Box<dyn FnOnce(std::result::Result<T, String>) + Send>) -> Question,
    ) -> Result<T> {
        let (answer, answered) = oneshot::channel();
        self.send(Message::Ask(question(Box::new(move |said| {
            // Whoever asked may have gone.
            let _ = answer.send(said);
        }))));
        match answered.await {
            Ok(Ok(said)) => Ok(said),
            Ok(Err(bug)) => Err(failed(bug)),
            Err(_) => Err(failed("the server has ended".to_owned())),
        }
    }
}

fn failed(message: String) -> Error {
    Error { message: message.into(), ..Error::internal_error() }
}

/// What the server can do: nothing else is offered.
fn capabilities(encoding: Encoding) -> ServerCapabilities {
    ServerCapabilities {
        position_encoding: Some(match encoding {
            Encoding::Utf8 => PositionEncodingKind::UTF8,
            Encoding::Utf16 => PositionEncodingKind::UTF16,
        }),
        text_document_sync: Some(TextDocumentSyncCapability::Options(TextDocumentSyncOptions {
            open_close: Some(true),
            change: Some(TextDocumentSyncKind::INCREMENTAL),
            save: Some(TextDocumentSyncSaveOptions::SaveOptions(SaveOptions { include_text: Some(false) })),
            ..TextDocumentSyncOptions::default()
        })),
        hover_provider: Some(HoverProviderCapability::Simple(true)),
        definition_provider: Some(OneOf::Left(true)),
        ..ServerCapabilities::default()
    }
}

/// The units in which places are counted: bytes if the editor knows them, for that is what is counted here.
fn encoding(client: &ClientCapabilities) -> Encoding {
    let known = client.general.as_ref().and_then(|general| general.position_encodings.as_ref());
    match known.is_some_and(|known| known.contains(&PositionEncodingKind::UTF8)) {
        true => Encoding::Utf8,
        false => Encoding::Utf16,
    }
}

impl LanguageServer for Editor {
    async fn initialize(&self, params: InitializeParams) -> Result<InitializeResult> {
        let client = &params.capabilities;
        let encoding = encoding(client);
        let text = client.text_document.as_ref();
        let hover = text.and_then(|t| t.hover.as_ref()).and_then(|h| h.content_format.as_ref());
        let (out, said): (UnboundedSender<Output>, _) = unbounded_channel();
        let out = move |output| {
            // Nobody listens any more when the server ends.
            let _ = out.send(output);
        };
        let terms = Terms {
            world: start(Database::default(), encoding, Shelf::of_the_user(), out),
            links: text.and_then(|t| t.definition.as_ref()).and_then(|d| d.link_support).unwrap_or(false),
            markdown: hover.is_none_or(|formats| formats.contains(&MarkupKind::Markdown)),
            watches: client
                .workspace
                .as_ref()
                .and_then(|w| w.did_change_watched_files.as_ref())
                .and_then(|watched| watched.dynamic_registration)
                .unwrap_or(false),
        };
        // The protocol lets an editor introduce itself once.
        let _ = self.terms.set(terms);
        if let Ok(mut waiting) = self.said.lock() {
            *waiting = Some(said);
        }
        Ok(InitializeResult {
            capabilities: capabilities(encoding),
            server_info: Some(ServerInfo {
                name: "zt".to_owned(),
                version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            }),
            ..InitializeResult::default()
        })
    }

    async fn initialized(&self, _: InitializedParams) {
        let said = self.said.lock().ok().and_then(|mut said| said.take());
        if let Some(mut said) = said {
            let client = self.client.clone();
            tokio::spawn(async move {
                while let Some(output) = said.recv().await {
                    pass_on(&client, output).await;
                }
            });
        }
        if self.terms.get().is_some_and(|terms| terms.watches) {
            let client = self.client.clone();
            // The editor answers in its own time.
            tokio::spawn(async move {
                if let Err(e) = client.register_capability(vec![watch()]).await {
                    client.log_message(MessageType::WARNING, format!("the editor watches no files: {e}")).await;
                }
            });
        }
    }

    async fn shutdown(&self) -> Result<()> {
        self.goodbye.store(true, Ordering::SeqCst);
        Ok(())
    }

    async fn did_open(&self, params: DidOpenTextDocumentParams) {
        let document = params.text_document;
        let uri = document.uri.as_str().to_owned();
        let opened = Document { uri, version: document.version, text: document.text.into() };
        self.send(Message::Open(path(&document.uri), opened));
    }

    async fn did_change(&self, params: DidChangeTextDocumentParams) {
        let edits = params.content_changes.into_iter();
        let edits = edits.map(|change| Edit { range: change.range.map(received), text: change.text }).collect();
        self.send(Message::Change(path(&params.text_document.uri), params.text_document.version, edits));
    }

    async fn did_close(&self, params: DidCloseTextDocumentParams) {
        self.send(Message::Close(path(&params.text_document.uri)));
    }

    async fn did_save(&self, _: DidSaveTextDocumentParams) {
        self.send(Message::Disk);
    }

    async fn did_change_watched_files(&self, _: DidChangeWatchedFilesParams) {
        self.send(Message::Disk);
    }

    async fn hover(&self, params: HoverParams) -> Result<Option<Hover>> {
        let at = params.text_document_position_params;
        let (file, place) = (path(&at.text_document.uri), position(at.position));
        let told = self.ask(|answer| Question::Told(file, place, answer)).await?;
        let markdown = self.terms.get().is_none_or(|terms| terms.markdown);
        Ok(told.map(|told| {
            let (kind, value) = match markdown {
                true => (MarkupKind::Markdown, told.text),
                false => (MarkupKind::PlainText, plain(&told.text)),
            };
            Hover { contents: HoverContents::Markup(MarkupContent { kind, value }), range: Some(sent(told.range)) }
        }))
    }

    async fn goto_definition(&self, params: GotoDefinitionParams) -> Result<Option<GotoDefinitionResponse>> {
        let at = params.text_document_position_params;
        let (file, place) = (path(&at.text_document.uri), position(at.position));
        let Some((origin, targets)) = self.ask(|answer| Question::Declared(file, place, answer)).await? else {
            return Ok(None);
        };
        let known = targets.iter().filter_map(|t| Some((uri(t.uri.as_deref(), &t.path)?, t)));
        Ok(Some(if self.terms.get().is_some_and(|terms| terms.links) {
            let link = |(target_uri, target): (Uri, &crate::world::Target)| LocationLink {
                origin_selection_range: Some(sent(origin)),
                target_uri,
                target_range: sent(target.whole),
                target_selection_range: sent(target.name),
            };
            GotoDefinitionResponse::Link(known.map(link).collect())
        } else {
            GotoDefinitionResponse::Array(known.map(|(uri, t)| Location { uri, range: sent(t.name) }).collect())
        }))
    }
}

/// Says to the editor what the other thread has to say.
async fn pass_on(client: &Client, output: Output) {
    match output {
        Output::Publish { uri: known, path, version, reports } => {
            if let Some(uri) = uri(known.as_deref(), &path) {
                let diagnostics = reports.into_iter().map(|report| diagnostic(report, &uri)).collect();
                client.publish_diagnostics(uri, diagnostics, version).await;
            }
        }
        Output::Log(message) => client.log_message(MessageType::ERROR, message).await,
    }
}

fn diagnostic(report: Report, own: &Uri) -> Diagnostic {
    let related = report.related.into_iter().filter_map(|r| {
        // The file itself is called as the editor calls it.
        let uri = match own.to_file_path().is_some_and(|path| tidy(&path) == *r.file) {
            true => own.clone(),
            false => uri(None, &PathBuf::from(&*r.file))?,
        };
        Some(DiagnosticRelatedInformation { location: Location { uri, range: sent(r.range) }, message: r.text })
    });
    let related: Vec<DiagnosticRelatedInformation> = related.collect();
    let data = report.code.map(|code| {
        let fix = report.fix.map(|f| json!({"title": f.title, "range": sent(f.range), "newText": f.text}));
        json!({"explain": format!("zt explain {}", code.as_str()), "fix": fix})
    });
    Diagnostic {
        range: sent(report.range),
        severity: Some(match report.severity {
            Some(Severity::Error) => DiagnosticSeverity::ERROR,
            Some(Severity::Warning) => DiagnosticSeverity::WARNING,
            None => DiagnosticSeverity::INFORMATION,
        }),
        code: report.code.map(|code| NumberOrString::String(code.as_str().to_owned())),
        source: Some("zt".to_owned()),
        message: match report.code {
            Some(code) => format!("{}\nmore: zt explain {}", report.message, code.as_str()),
            None => report.message,
        },
        // Editors fade what could as well be left out.
        tags: (report.code == Some(Code::RedundantCondition)).then(|| vec![DiagnosticTag::UNNECESSARY]),
        related_information: (!related.is_empty()).then_some(related),
        data,
        ..Diagnostic::default()
    }
}

/// Asks to be told when files change on the disk.
fn watch() -> Registration {
    let globs = ["**/*.zt", "**/zt.toml", "**/*.csv", "**/*.json"];
    let watchers =
        globs.map(|glob| FileSystemWatcher { glob_pattern: GlobPattern::String(glob.to_owned()), kind: None });
    let options = DidChangeWatchedFilesRegistrationOptions { watchers: watchers.to_vec() };
    Registration {
        id: "zt-files".to_owned(),
        method: "workspace/didChangeWatchedFiles".to_owned(),
        register_options: serde_json::to_value(options).ok(),
    }
}

/// The path of a file; of what is no file on the disk, such as what was never saved, the whole address.
fn path(uri: &Uri) -> PathBuf {
    let file = uri.scheme().as_str().eq_ignore_ascii_case("file");
    match uri.to_file_path().filter(|path| file && path.is_absolute()) {
        Some(path) => tidy(&path),
        None => PathBuf::from(uri.as_str()),
    }
}

/// The address of a path: as the editor calls it if it does.
fn uri(known: Option<&str>, path: &std::path::Path) -> Option<Uri> {
    match known {
        Some(known) => Uri::from_str(known).ok(),
        None if path.is_absolute() => Uri::from_file_path(path),
        None => Uri::from_str(path.to_str()?).ok(),
    }
}

fn position(at: ls_types::Position) -> Position {
    Position { line: at.line, unit: at.character }
}

fn received(range: ls_types::Range) -> Range {
    Range { start: position(range.start), end: position(range.end) }
}

fn sent(range: Range) -> ls_types::Range {
    let at = |p: Position| ls_types::Position { line: p.line, character: p.unit };
    ls_types::Range { start: at(range.start), end: at(range.end) }
}

/// Markdown without the marks around code.
fn plain(text: &str) -> String {
    let code = |line: &&str| !line.starts_with("```");
    text.lines().filter(code).collect::<Vec<_>>().join("\n")
}
