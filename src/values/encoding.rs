//! Bytes of a file -> its text. Guarantees: read as what it surely is, or not at all: nobody's name becomes another one.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1251};

use super::sheet::Wrong;

/// The text, and what it was read as.
pub fn decode(bytes: &[u8], said: Option<&str>) -> Result<(String, &'static str), Wrong> {
    if let Some(label) = said {
        let unknown = || wrong(1, format!("`{label}` is no encoding: say utf-8, windows-1251 or windows-1252"));
        return read(bytes, Encoding::for_label(label.as_bytes()).ok_or_else(unknown)?);
    }
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return read(&bytes[mark..], encoding);
    }
    if let Some(encoding) = utf_16(bytes) {
        return read(bytes, encoding);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok((text.to_owned(), UTF_8.name())),
        Err(_) if is_cyrillic(bytes) => read(bytes, WINDOWS_1251),
        Err(error) => Err(unreadable(bytes, error.valid_up_to())),
    }
}

fn read(bytes: &[u8], encoding: &'static Encoding) -> Result<(String, &'static str), Wrong> {
    match encoding.decode_without_bom_handling_and_without_replacement(bytes) {
        Some(text) => Ok((text.into_owned(), encoding.name())),
        None if encoding == UTF_8 => {
            Err(unreadable(bytes, std::str::from_utf8(bytes).err().map_or(0, |error| error.valid_up_to())))
        }
        None => Err(wrong(1, format!("the file is not {}", encoding.name()))),
    }
}

fn unreadable(bytes: &[u8], at: usize) -> Wrong {
    let line = bytes[..at].split(|byte| *byte == b'\n').count() as u64;
    wrong(line, "is not UTF-8: save the file as CSV UTF-8, or say what it is, as in --encoding windows-1252".to_owned())
}

fn wrong(line: u64, detail: String) -> Wrong {
    Wrong { line, cell: None, detail }
}

/// UTF-16 without its mark: in the names of columns nearly every other byte is zero.
fn utf_16(bytes: &[u8]) -> Option<&'static Encoding> {
    let start = &bytes[..bytes.len().min(64) & !1];
    let zeros = |from: usize| start.iter().skip(from).step_by(2).filter(|byte| **byte == 0).count();
    let half = start.len() / 2;
    match (zeros(0), zeros(1)) {
        _ if half < 2 => None,
        (0, odd) if odd * 2 > half => Some(UTF_16LE),
        (even, 0) if even * 2 > half => Some(UTF_16BE),
        _ => None,
    }
}

/// Windows-1251 as far as one can tell: words are made of its letters, as no western text is, and it is no UTF-8 that broke.
fn is_cyrillic(bytes: &[u8]) -> bool {
    let broken = bytes.utf8_chunks().map(|chunk| chunk.invalid().len()).sum::<usize>();
    let whole: usize =
        bytes.utf8_chunks().map(|chunk| chunk.valid().bytes().filter(|byte| !byte.is_ascii()).count()).sum();
    let is_letter =
        |byte: &u8| *byte >= 0xc0 || matches!(byte, 0xa5 | 0xa8 | 0xaa | 0xaf | 0xb2..=0xb4 | 0xb8 | 0xba | 0xbf);
    let high = bytes.iter().filter(|byte| !byte.is_ascii()).count();
    let letters = bytes.iter().filter(|byte| is_letter(byte)).count();
    let pairs = bytes.windows(2).filter(|pair| pair.iter().all(is_letter)).count();
    broken > whole && letters * 10 >= high * 9 && pairs * 2 >= letters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_as_what_it_surely_is_or_not_at_all() {
        let text = "external_id,name\nc-1,Ганна Коваль\n";
        let utf_16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let marked = [&[0xff, 0xfe][..], &utf_16].concat();
        let cyrillic = WINDOWS_1251.encode(text).0;
        for (bytes, name) in
            [(text.as_bytes(), "UTF-8"), (&utf_16, "UTF-16LE"), (&marked, "UTF-16LE"), (&cyrillic, "windows-1251")]
        {
            assert_eq!(decode(bytes, None), Ok((text.to_owned(), name)));
        }
        let western = encoding_rs::WINDOWS_1252.encode("id,name\n1,Anna\n2,Jõgi Ülo\n").0.into_owned();
        assert_eq!(decode(&western, None).unwrap_err().line, 3, "not made into other letters");
        assert_eq!(decode(&western, Some("windows-1252")).unwrap().0, "id,name\n1,Anna\n2,Jõgi Ülo\n");
        let broken = [text.as_bytes(), &[0xd0, b'\n']].concat();
        assert_eq!(decode(&broken, None).unwrap_err().line, 3, "UTF-8 that broke is no Windows-1251");
        assert!(decode(b"a", Some("latin-9000")).is_err());
    }
}
