//! Bytes as a literal of Rust. Plugins of protoc cannot write files that are not text.

/// The constant with the files of a contract. Its name ends as no name of a contract does.
pub(crate) const DESCRIPTOR_SET: &str = "FILE_DESCRIPTOR_SET_";

/// How many characters of a literal are on a line.
const WIDTH: usize = 90;

/// The constant with this descriptor set.
pub(super) fn descriptor_set(set: &[u8]) -> String {
    let mut text = format!(
        "/// The files of this contract, as an encoded `google.protobuf.FileDescriptorSet`.\n\
         const {DESCRIPTOR_SET}: &[u8] = b\"\\\n"
    );
    for line in lines(set) {
        text.push_str("    ");
        text.push_str(&line);
        text.push_str("\\\n");
    }
    text.push_str("    \";\n\n");
    text
}

/// The bytes as they are in a literal, where spaces at the start of a line do not count.
fn lines(bytes: &[u8]) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for byte in bytes {
        match byte {
            b'"' | b'\\' => line.extend(['\\', char::from(*byte)]),
            b' ' if line.is_empty() => line.push_str("\\x20"),
            b' '..=b'~' => line.push(char::from(*byte)),
            _ => line.push_str(&format!("\\x{byte:02x}")),
        }
        if line.len() >= WIDTH {
            lines.push(std::mem::take(&mut line));
        }
    }
    lines.extend(Some(line).filter(|line| !line.is_empty()));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_has_the_bytes() {
        let bytes: Vec<u8> = (0..=255).chain(b"  a\"\\ ".repeat(40)).collect();
        let text = descriptor_set(&bytes);
        let file = syn::parse_file(&text).unwrap();
        let syn::Item::Const(constant) = &file.items[0] else { panic!("{text}") };
        let syn::Expr::Lit(literal) = &*constant.expr else { panic!("{text}") };
        let syn::Lit::ByteStr(literal) = &literal.lit else { panic!("{text}") };
        assert_eq!(literal.value(), bytes);
    }
}
