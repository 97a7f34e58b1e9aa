//! Archives and single files as they were sent: opened within limits, or refused.

use std::io::{Cursor, Write};

use domain::error::Kind;
use domain::files::{File, MAX_ARCHIVE_BYTES, MAX_FILES, MAX_FILES_BYTES};
use service::files::{Upload, archive};
use zip::write::SimpleFileOptions;

fn file(path: &str, text: &str) -> File {
    File { path: path.into(), text: text.into() }
}

fn zip_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (path, bytes) in files {
        writer.start_file(*path, SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn sent(name: &str, bytes: Vec<u8>) -> Upload {
    Upload { name: name.into(), bytes: bytes.into() }
}

#[test]
fn archives_of_one_form_share_what_they_may_unpack() {
    let zeros = vec![0; 10 * 1024 * 1024];
    let ten = |name: &str| sent(name, zip_of(&[(&format!("{name}.md"), &zeros)]));
    let named: Vec<String> = (0..6).map(|n| format!("a{n}")).collect();
    let all: Vec<Upload> = named.iter().map(|name| ten(name)).collect();
    assert_eq!(archive::open(&all[..5]).unwrap().len(), 5);
    let refused = archive::open(&all).unwrap_err();
    assert!(refused.errors[0].message.contains("50 MB"), "{refused:?}");
    // So is the number of files: each archive alone may have so many.
    let many = |from: usize| {
        let paths: Vec<String> = (from..from + MAX_FILES / 2 + 1).map(|n| n.to_string()).collect();
        zip_of(&paths.iter().map(|path| (path.as_str(), b"".as_slice())).collect::<Vec<_>>())
    };
    let (one, other) = (sent("a.zip", many(0)), sent("b.zip", many(MAX_FILES)));
    assert_eq!(archive::open(std::slice::from_ref(&one)).unwrap().len(), MAX_FILES / 2 + 1);
    let refused = archive::open(&[one, other]).unwrap_err();
    assert!(refused.errors[0].message.contains("too many files"), "{refused:?}");
}

#[test]
fn hostile_archives_are_refused() {
    let named = |bytes: &[u8]| archive::unpack(bytes).unwrap_err();
    let field = |bytes: &[u8]| named(bytes).errors[0].field.clone();
    assert_eq!(field(b"PK no archive at all"), "archive");
    assert_eq!(field(&zip_of(&[("../../etc/x.md", b"x")])), "../../etc/x.md");
    assert_eq!(field(&zip_of(&[("/etc/x.md", b"x")])), "/etc/x.md");
    assert_eq!(field(&zip_of(&[("a\\b.md", b"x")])), "a\\b.md");
    assert_eq!(field(&zip_of(&[("a/x.md", b"\xff\xfe")])), "a/x.md");
    assert_eq!(archive::unpack(&zip_of(&[("a/x.png", b"\xff\xfe")])).unwrap(), [file("a/x.png", "")]);
    // A bomb: a thousandth of its size, and refused while it unpacks.
    let zeros = vec![0; 1024 * 1024];
    let many: Vec<(String, &[u8])> =
        (0..=MAX_FILES_BYTES / zeros.len()).map(|i| (format!("{i}.md"), zeros.as_slice())).collect();
    let many: Vec<(&str, &[u8])> = many.iter().map(|(path, bytes)| (path.as_str(), *bytes)).collect();
    let bomb = zip_of(&many);
    assert!(bomb.len() < 1024 * 1024 && named(&bomb).message.contains("50 MB"), "{}", named(&bomb));
    assert_eq!(named(&vec![0; MAX_ARCHIVE_BYTES + 1]).kind, Kind::TooLarge);
    // Two files of one name, which a writer would not make: one name is changed into the other, both times it is there.
    let mut twice = zip_of(&[("a.md", b"x"), ("b.md", b"y")]);
    while let Some(at) = twice.windows(4).position(|bytes| bytes == b"b.md") {
        twice[at] = b'a';
    }
    assert_eq!(field(&twice), "archive");
    let cut = &zip_of(&[("a.md", b"x")])[..20];
    assert_eq!(field(cut), "archive");
    assert!(archive::open(&[]).is_err());
    let one = |name: &str, bytes: &[u8]| archive::open(&[Upload { name: name.into(), bytes: bytes.to_vec().into() }]);
    assert_eq!(one("C:\\fakepath\\a.prompt", b"x").unwrap(), [file("a.prompt", "x")]);
    assert!(one("a.exe", b"x").is_err() && one("a.prompt", b"\xff").is_err() && one("a.prompt", b"").is_err());
}
