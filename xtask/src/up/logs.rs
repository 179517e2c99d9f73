//! What processes write, kept in files; failures, and how far a long start has come, shown as they come.

use std::{
    fs::{self, File, OpenOptions},
    io::{Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

/// A log larger than this is set aside when its process starts.
const LARGE: u64 = 10 << 20;
/// The most failures shown for one look at one log.
const MOST_SHOWN: usize = 10;
/// How much of the end of a log is read to show its last lines.
const TAIL_BYTES: u64 = 16 << 10;

/// What a service says while it reads its ledger, and the names of how much it has read, of how much.
const READING: &str = "reading the facts of the ledger";

/// What there is to show of what a process wrote.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct News {
    /// Failures, whole lines.
    pub(super) failures: Vec<String>,
    /// How many facts of its ledger it has read, and how many there are, as it said last.
    pub(super) read: Option<(u64, u64)>,
}

/// The log of one process.
#[derive(Debug)]
pub(super) struct Log {
    path: PathBuf,
    /// Up to where it has been looked at.
    seen: u64,
    /// The beginning of a line whose end is not there yet.
    partial: Vec<u8>,
}

impl Log {
    /// Opens the log of a process to append to it; the file is for the process to write.
    pub(super) fn open(folder: &Path, name: &str) -> Result<(Self, File)> {
        let path = folder.join(format!("{name}.log"));
        if fs::metadata(&path).is_ok_and(|metadata| metadata.len() > LARGE) {
            fs::rename(&path, folder.join(format!("{name}.log.1"))).with_context(|| format!("setting {} aside", path.display()))?;
        }
        let file = OpenOptions::new().create(true).append(true).open(&path).with_context(|| format!("opening {}", path.display()))?;
        let seen = file.metadata()?.len();
        Ok((Self { path, seen, partial: Vec::new() }, file))
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// What was written since the last look.
    pub(super) fn news(&mut self) -> Result<News> {
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(self.seen))?;
        self.seen += u64::try_from(file.read_to_end(&mut self.partial)?)?;
        let end = self.partial.iter().rposition(|byte| *byte == b'\n').map_or(0, |position| position + 1);
        let complete: Vec<u8> = self.partial.drain(..end).collect();
        let text = String::from_utf8_lossy(&complete);
        let failed: Vec<_> = text.lines().filter(|line| is_failure(line)).collect();
        let mut failures: Vec<_> = failed.iter().take(MOST_SHOWN).map(|line| (*line).to_owned()).collect();
        if failed.len() > MOST_SHOWN {
            failures.push(format!("… and {} more in {}", failed.len() - MOST_SHOWN, self.path.display()));
        }
        Ok(News { failures, read: text.lines().rev().find_map(read) })
    }

    /// Its last lines.
    pub(super) fn tail(&self, lines: usize) -> Vec<String> {
        let read = || -> Result<Vec<u8>> {
            let mut file = File::open(&self.path)?;
            let length = file.metadata()?.len();
            file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES)))?;
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        let bytes = read().unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        let mut last: Vec<_> = text.lines().rev().take(lines).map(str::to_owned).collect();
        last.reverse();
        last
    }
}

/// Whether a line tells of a failure, in the text and in the JSON form of logs.
fn is_failure(line: &str) -> bool {
    line.split_whitespace().take(3).any(|word| word == "ERROR") || line.contains("\"level\":\"ERROR\"") || line.contains(" panicked at ")
}

/// How many facts of how many a line says that were read, in the text and in the JSON form of logs.
fn read(line: &str) -> Option<(u64, u64)> {
    let number = |name: &str| {
        let after = line.split_once(&format!("{name}=")).or_else(|| line.split_once(&format!("\"{name}\":")))?.1;
        after.split(|character: char| !character.is_ascii_digit()).next()?.parse().ok()
    };
    line.contains(READING).then(|| number("read").zip(number("of"))).flatten()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn only_new_and_complete_failures_are_shown() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.log"), "2020 ERROR old\n").unwrap();
        let (mut log, mut file) = Log::open(folder.path(), "a").unwrap();
        assert!(log.news().unwrap().failures.is_empty(), "what was there before is not shown");
        write!(file, "2020 INFO fine\n2020  ERROR bad\n{{\"level\":\"ERROR\",\"x\":1}}\nthread 'a' panicked at b\n2020 ERR").unwrap();
        assert_eq!(log.news().unwrap().failures, ["2020  ERROR bad", "{\"level\":\"ERROR\",\"x\":1}", "thread 'a' panicked at b"]);
        writeln!(file, "OR whole").unwrap();
        assert_eq!(log.news().unwrap().failures, ["2020 ERROR whole"]);
        assert_eq!(log.tail(2), ["thread 'a' panicked at b", "2020 ERROR whole"]);
    }

    #[test]
    fn how_far_a_ledger_is_read_is_known_as_it_was_said_last() {
        let folder = tempfile::tempdir().unwrap();
        let (mut log, mut file) = Log::open(folder.path(), "a").unwrap();
        writeln!(
            file,
            "1 INFO a::progress: {READING} read=375000 of=706439\n2 INFO a::progress: {READING} read=600000 of=706439\n3 INFO on"
        )
        .unwrap();
        assert_eq!(log.news().unwrap().read, Some((600_000, 706_439)));
        assert_eq!(log.news().unwrap(), News::default(), "told once");
        writeln!(file, "{{\"level\":\"INFO\",\"message\":\"{READING}\",\"read\":7,\"of\":9,\"target\":\"a\"}}").unwrap();
        assert_eq!(log.news().unwrap().read, Some((7, 9)));
        writeln!(file, "4 INFO {READING} read=much of=more").unwrap();
        assert_eq!(log.news().unwrap().read, None);
    }

    #[test]
    fn a_flood_is_counted() {
        let folder = tempfile::tempdir().unwrap();
        let (mut log, mut file) = Log::open(folder.path(), "a").unwrap();
        write!(file, "{}", "1 ERROR x\n".repeat(MOST_SHOWN + 5)).unwrap();
        let shown = log.news().unwrap().failures;
        assert!(shown.len() == MOST_SHOWN + 1 && shown[MOST_SHOWN].contains("and 5 more"), "{shown:#?}");
    }

    #[test]
    fn a_large_log_is_set_aside() {
        let folder = tempfile::tempdir().unwrap();
        File::create(folder.path().join("a.log")).unwrap().set_len(LARGE + 1).unwrap();
        let (log, _) = Log::open(folder.path(), "a").unwrap();
        assert_eq!(fs::metadata(log.path()).unwrap().len(), 0);
        assert!(folder.path().join("a.log.1").exists());
    }
}
