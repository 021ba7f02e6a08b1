//! Files that are there as a whole or not at all.

use super::StoreError;
use std::fs::{self, File};
use std::hash::Hasher;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use twox_hash::XxHash64;

/// A file in the making, beside the one that it will be. Unless it is committed it goes away.
pub struct Draft {
    temporary: PathBuf,
    path: PathBuf,
    file: Option<Summed>,
}

/// A file that sums up what is written to it.
pub struct Summed {
    file: File,
    hash: XxHash64,
    bytes: u64,
}

/// Size and XXH64 of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sum {
    pub bytes: u64,
    pub xxh64: String,
}

impl Draft {
    pub fn create(path: &Path) -> Result<Draft, StoreError> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        // processes of several machines may write to the folder
        let unique = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |t| t.as_nanos());
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let temporary = path.with_file_name(format!(".{name}.{}-{unique:x}-{number}.part", std::process::id()));
        let file = File::create_new(&temporary).map_err(|error| StoreError::write(&temporary, error))?;
        let file = Some(Summed { file, hash: XxHash64::with_seed(0), bytes: 0 });
        Ok(Draft { temporary, path: path.to_path_buf(), file })
    }

    /// What to write to; it must come back to [`commit`](Draft::commit).
    pub fn file(&mut self) -> Result<Summed, StoreError> {
        self.file.take().ok_or_else(|| StoreError::write(&self.temporary, "it is written to already"))
    }

    /// Gives the file its name, once the disk has it.
    pub fn commit(self, mut file: Summed) -> Result<Sum, StoreError> {
        let failed = |error: io::Error| StoreError::write(&self.path, error);
        file.file.flush().and_then(|()| file.file.sync_all()).map_err(failed)?;
        match fs::rename(&self.temporary, &self.path) {
            // another process has committed the same file and removed what it took for remains
            Err(error) if error.kind() == io::ErrorKind::NotFound && self.path.exists() => {}
            renamed => renamed.map_err(failed)?,
        }
        if let Some(folder) = self.path.parent() {
            sync_folder(folder).map_err(failed)?;
        }
        Ok(Sum { bytes: file.bytes, xxh64: format!("{:016x}", file.hash.finish()) })
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // a committed file is no longer there under this name
        let _ = fs::remove_file(&self.temporary);
    }
}

impl Write for Summed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hash.write(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Writes a whole file.
pub fn write(path: &Path, text: &str) -> Result<(), StoreError> {
    let mut draft = Draft::create(path)?;
    let mut file = draft.file()?;
    file.write_all(text.as_bytes()).map_err(|error| StoreError::write(path, error))?;
    draft.commit(file).map(|_| ())
}

/// Size and XXH64 of what is on the disk.
pub fn sum(path: &Path) -> io::Result<Sum> {
    let mut file = File::open(path)?;
    let (mut hash, mut bytes, mut buffer) = (XxHash64::with_seed(0), 0, vec![0; 1 << 16]);
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(Sum { bytes, xxh64: format!("{:016x}", hash.finish()) });
        }
        hash.write(&buffer[..read]);
        bytes += read as u64;
    }
}

/// Files of processes that were killed while they wrote `path`, or that write it now.
pub fn remains(folder: &Path, name: &str) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let own = path.file_name().and_then(|own| own.to_str());
        let part = own.and_then(|own| own.strip_prefix('.')).and_then(|own| own.strip_suffix(".part"));
        if part.is_some_and(|part| part.starts_with(name)) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// A rename lasts once its folder is on the disk.
fn sync_folder(folder: &Path) -> io::Result<()> {
    match cfg!(unix) {
        true => File::open(folder)?.sync_all(),
        false => Ok(()),
    }
}
