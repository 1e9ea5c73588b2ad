//! The real program on a folder, and what tests ask it.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde_json::Value;

use crate::support::{Binary, Folder, call, postgres, store};

/// A service that runs, with the folder its files are written to.
pub struct House {
    pub folder: Folder,
    pub service: Binary,
}

impl House {
    pub fn new() -> Self {
        Self::with(&[])
    }

    pub fn with(environment: &[(&str, &str)]) -> Self {
        let folder = Folder::new();
        let service = Binary::start(&folder.0, environment);
        Self { folder, service }
    }

    /// Starts it again, however it ended.
    pub fn restart(&mut self) {
        self.service.kill();
        self.service = Binary::start(&self.folder.0, &[]);
    }

    /// Writes a file and names it.
    pub fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.0.join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    pub fn import(&self, kind: &str, file: &Path, more: &[&str]) -> (bool, String) {
        said(&self.importing(kind, file, more).output().unwrap())
    }

    /// An import that is still to be started.
    pub fn importing(&self, kind: &str, file: &Path, more: &[&str]) -> Command {
        let mut command = program(&self.folder.0);
        command.args(["import", kind, file.to_str().unwrap(), "--url", &self.service.url]).args(more);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub async fn get(&self, path: &str) -> Value {
        let (status, body) = call(&self.service.url, &Binary::key(&self.folder.0), "GET", path, None).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    pub async fn put(&self, path: &str, body: Value) -> Value {
        let (status, body) = call(&self.service.url, &Binary::key(&self.folder.0), "PUT", path, Some(body)).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    pub async fn post(&self, path: &str, body: Value) -> Value {
        let (status, body) = call(&self.service.url, &Binary::key(&self.folder.0), "POST", path, Some(body)).await;
        assert!((200..300).contains(&status), "{path}: {status} {body}");
        body
    }

    /// How many events there are.
    pub async fn events(&self) -> u64 {
        let store = store(&self.folder.0).await;
        let members = store.streams().await.unwrap();
        let streams = store.streams_of(members).await.unwrap();
        streams.iter().map(|stream| stream.rows.len() as u64).sum()
    }

    pub fn verify(&self) {
        let (fine, said) = self.run(&["verify"]);
        assert!(fine && said.contains("all agree"), "{said}");
    }

    pub fn run(&self, arguments: &[&str]) -> (bool, String) {
        run(&self.folder.0, arguments)
    }
}

/// Runs the program on a folder.
pub fn run(folder: &Path, arguments: &[&str]) -> (bool, String) {
    said(&program(folder).args(arguments).output().unwrap())
}

fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_loyalty"));
    command.args(["--data", folder.to_str().unwrap()]);
    if let Some(url) = postgres::of(folder) {
        command.env("LOYALTY__STORE__URL", url);
    }
    command
}

fn said(output: &Output) -> (bool, String) {
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    (output.status.success(), String::from_utf8(text).unwrap())
}

/// Whether the tests run on SQLite; says so when a test about its file is left out.
pub fn on_sqlite(test: &str) -> bool {
    let elsewhere = std::env::var("LOYALTY_TEST_STORE").is_ok_and(|store| store == "postgres");
    if elsewhere {
        println!("SKIPPED {test}: it is about SQLite's file");
    }
    !elsewhere
}
