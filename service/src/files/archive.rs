//! Zip archives: bytes to files and back, within limits that hold whatever an archive says of itself.

use std::io::{Cursor, Read, Write};

use domain::error::{Error, FieldError, Kind, Result};
use domain::files::{File, MAX_ARCHIVE_BYTES, MAX_FILES, MAX_FILES_BYTES, check_path};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// What an archive's error is about, where it is about no file in it.
const FIELD: &str = "archive";

/// Something that was sent: an archive, or a single file.
#[derive(Clone, Debug)]
pub struct Upload {
    /// The file's name where it comes from.
    pub name: String,
    pub bytes: Vec<u8>,
}

/// The files of everything that was sent.
pub fn open(uploads: &[Upload]) -> Result<Vec<File>> {
    let size: usize = uploads.iter().map(|upload| upload.bytes.len()).sum();
    if size > MAX_ARCHIVE_BYTES {
        return Err(too_large());
    }
    let mut files = Vec::new();
    for upload in uploads {
        if upload.bytes.starts_with(b"PK") {
            files.extend(unpack(&upload.bytes)?);
        } else if upload.bytes.is_empty() {
            return Err(Error::field(FIELD, "is empty: choose a .zip archive, or .prompty and .prompt files"));
        } else {
            files.push(single(upload)?);
        }
    }
    match files.len() {
        0 => Err(Error::field(FIELD, "is missing: send a .zip archive, or .prompty and .prompt files")),
        _ => Ok(files),
    }
}

/// More was sent than an archive may have.
pub fn too_large() -> Error {
    let text = format!("an archive may have at most {} MB", MAX_ARCHIVE_BYTES / 1024 / 1024);
    Error::new(Kind::TooLarge, "too_large", text)
}

fn single(upload: &Upload) -> Result<File> {
    // Some browsers send the whole path of where the file was.
    let name = upload.name.rsplit(['/', '\\']).next().unwrap_or_default();
    let is_known = name.ends_with(".prompty") || name.ends_with(".prompt");
    let text = String::from_utf8(upload.bytes.clone()).ok().filter(|_| is_known);
    let text = text.ok_or_else(|| Error::field(FIELD, "is no .zip archive, and no .prompty or .prompt file"))?;
    Ok(File { path: name.to_owned(), text })
}

/// The files of a zip archive. Refused are those that are too large once unpacked, lead out of their folder, are there
/// twice, are no text or no plain files.
pub fn unpack(bytes: &[u8]) -> Result<Vec<File>> {
    if bytes.len() > MAX_ARCHIVE_BYTES {
        return Err(too_large());
    }
    let unreadable =
        || Error::field(FIELD, "can't be read as a zip archive: it is damaged, encrypted or of another kind");
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| unreadable())?;
    if archive.has_duplicate_names() {
        return Err(Error::field(FIELD, "has two files of one name"));
    }
    if archive.len() > MAX_FILES {
        return Err(Error::field(FIELD, format!("has {} files: use at most {MAX_FILES}", archive.len())));
    }
    let (mut files, mut problems, mut left) = (Vec::new(), Vec::new(), MAX_FILES_BYTES as u64);
    for i in 0..archive.len() {
        let mut entry = archive.by_index(i).map_err(|_| unreadable())?;
        let path = String::from_utf8(entry.name_raw().to_vec());
        if entry.is_dir() {
            continue;
        }
        let Ok(path) = path else {
            problems.push(FieldError::new(FIELD, format!("has a file, number {}, whose name is not UTF-8", i + 1)));
            continue;
        };
        if let Err(wrong) = check_path(&path) {
            let shown: String = path.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).take(300).collect();
            problems.push(FieldError::new(shown, wrong));
            continue;
        }
        if !entry.is_file() {
            problems.push(FieldError::new(path, "is no plain file"));
            continue;
        }
        let mut content = Vec::new();
        // What an archive says of its sizes is no proof: what comes out is counted.
        entry.by_ref().take(left + 1).read_to_end(&mut content).map_err(|_| unreadable())?;
        left = left.checked_sub(content.len() as u64).ok_or_else(|| {
            Error::field(FIELD, format!("is larger than {} MB unpacked", MAX_FILES_BYTES / 1024 / 1024))
        })?;
        match String::from_utf8(content) {
            Ok(text) => files.push(File { path, text }),
            Err(_) if is_prompt(&path) => problems.push(FieldError::new(path, "is not UTF-8")),
            // Pictures beside the prompts; the reading says that they are left out.
            Err(_) => files.push(File { path, text: String::new() }),
        }
    }
    if problems.is_empty() { Ok(files) } else { Err(Error::invalid(problems)) }
}

fn is_prompt(path: &str) -> bool {
    [".md", ".yaml", ".prompty", ".prompt"].iter().any(|end| path.ends_with(end))
}

/// A zip archive of files. The same files give the same bytes: no clock is in it.
pub fn pack(files: &[File]) -> crate::error::Result<Vec<u8>> {
    let failed = |error: zip::result::ZipError| crate::error::Error::Internal(error.into());
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for file in files {
        writer.start_file(file.path.as_str(), options).map_err(failed)?;
        writer.write_all(file.text.as_bytes()).map_err(|error| crate::error::Error::Internal(error.into()))?;
    }
    Ok(writer.finish().map_err(failed)?.into_inner())
}
