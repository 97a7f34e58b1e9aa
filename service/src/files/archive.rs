//! Zip archives: bytes to files and back, within limits that hold whatever an archive says of itself.

use std::io::{Cursor, Read, Write};

use bytes::Bytes;
use domain::error::{Error, FieldError, Kind, Result};
use domain::files::{File, MAX_ARCHIVE_BYTES, MAX_FILES, MAX_FILES_BYTES, check_path};
use zip::read::ZipFile;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// What an archive's error is about, where it is about no file in it.
const FIELD: &str = "archive";

/// Something that was sent: an archive, or a single file.
#[derive(Clone, Debug)]
pub struct Upload {
    /// The file's name where it comes from.
    pub name: String,
    pub bytes: Bytes,
}

/// What all archives of an import may still unpack, together.
struct Left {
    bytes: usize,
    files: usize,
}

impl Left {
    fn all() -> Self {
        Self { bytes: MAX_FILES_BYTES, files: MAX_FILES }
    }
    fn take_files(&mut self, count: usize) -> Result<()> {
        let left = self.files.checked_sub(count);
        self.files = left.ok_or_else(|| Error::field(FIELD, format!("has too many files: use at most {MAX_FILES}")))?;
        Ok(())
    }
    fn take_bytes(&mut self, count: usize) -> Result<()> {
        let wrong = || Error::field(FIELD, format!("is larger than {} MB unpacked", MAX_FILES_BYTES / 1024 / 1024));
        self.bytes = self.bytes.checked_sub(count).ok_or_else(wrong)?;
        Ok(())
    }
}

/// The files of everything that was sent.
pub fn open(uploads: &[Upload]) -> Result<Vec<File>> {
    let size: usize = uploads.iter().map(|upload| upload.bytes.len()).sum();
    if size > MAX_ARCHIVE_BYTES {
        return Err(too_large());
    }
    let (mut files, mut left) = (Vec::new(), Left::all());
    for upload in uploads {
        if upload.bytes.starts_with(b"PK") {
            unpack_into(&upload.bytes, &mut left, &mut files)?;
        } else {
            left.take_files(1)?;
            left.take_bytes(upload.bytes.len())?;
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
    if upload.bytes.is_empty() {
        return Err(Error::field(FIELD, "is empty: choose a .zip archive, or .prompty and .prompt files"));
    }
    // Some browsers send the whole path of where the file was.
    let name = upload.name.rsplit(['/', '\\']).next().unwrap_or_default();
    let is_known = name.ends_with(".prompty") || name.ends_with(".prompt");
    let text = std::str::from_utf8(&upload.bytes).ok().filter(|_| is_known);
    let text = text.ok_or_else(|| Error::field(FIELD, "is no .zip archive, and no .prompty or .prompt file"))?;
    Ok(File { path: name.to_owned(), text: text.to_owned() })
}

/// The files of a zip archive. Refused are those that are too large once unpacked, lead out of their folder, are there
/// twice, are no text or no plain files.
pub fn unpack(bytes: &[u8]) -> Result<Vec<File>> {
    if bytes.len() > MAX_ARCHIVE_BYTES {
        return Err(too_large());
    }
    let mut files = Vec::new();
    unpack_into(bytes, &mut Left::all(), &mut files)?;
    Ok(files)
}

fn unreadable() -> Error {
    Error::field(FIELD, "can't be read as a zip archive: it is damaged, encrypted or of another kind")
}

fn unpack_into(bytes: &[u8], left: &mut Left, files: &mut Vec<File>) -> Result<()> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| unreadable())?;
    if archive.has_duplicate_names() {
        return Err(Error::field(FIELD, "has two files of one name"));
    }
    left.take_files(archive.len())?;
    let mut problems = Vec::new();
    for i in 0..archive.len() {
        let entry = archive.by_index(i).map_err(|_| unreadable())?;
        if entry.is_dir() {
            continue;
        }
        match path_of(&entry, i + 1) {
            Ok(path) => match text_of(entry, &path, left)? {
                Ok(text) => files.push(File { path, text }),
                Err(wrong) => problems.push(FieldError::new(path, wrong)),
            },
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(Error::invalid(problems)) }
}

/// Where an archive wants a file to be, when that is a place for one.
fn path_of<R: Read>(entry: &ZipFile<'_, R>, number: usize) -> std::result::Result<String, FieldError> {
    let Ok(path) = String::from_utf8(entry.name_raw().to_vec()) else {
        return Err(FieldError::new(FIELD, format!("has a file, number {number}, whose name is not UTF-8")));
    };
    if let Err(wrong) = check_path(&path) {
        let shown: String = path.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).take(300).collect();
        return Err(FieldError::new(shown, wrong));
    }
    if entry.is_file() { Ok(path) } else { Err(FieldError::new(path, "is no plain file")) }
}

/// The text of a file, or why it has none. What an archive says of its sizes is no proof: what comes out is counted.
fn text_of<R: Read>(
    mut entry: ZipFile<'_, R>,
    path: &str,
    left: &mut Left,
) -> Result<std::result::Result<String, &'static str>> {
    let mut content = Vec::new();
    entry.by_ref().take(left.bytes as u64 + 1).read_to_end(&mut content).map_err(|_| unreadable())?;
    left.take_bytes(content.len())?;
    Ok(match String::from_utf8(content) {
        Ok(text) => Ok(text),
        Err(_) if is_prompt(path) => Err("is not UTF-8"),
        // Pictures beside the prompts; the reading says that they are left out.
        Err(_) => Ok(String::new()),
    })
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
