//! Links, with what has a meaning in them encoded.

/// A path with parameters, encoded.
pub(crate) fn href(path: &str, parameters: &[(&str, &str)]) -> String {
    let mut text = path.to_owned();
    for (position, (name, value)) in parameters.iter().enumerate() {
        text.push(if position == 0 { '?' } else { '&' });
        text.push_str(name);
        text.push('=');
        encode(value, &mut text);
    }
    text
}

/// A value as a segment of a path or a parameter, added to a text.
pub(crate) fn encode(value: &str, text: &mut String) {
    const DIGITS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            let digit = |nibble: u8| DIGITS.get(usize::from(nibble)).copied().unwrap_or('0');
            text.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_encode_what_has_a_meaning_in_them() {
        assert_eq!(href("/", &[]), "/");
        assert_eq!(href("/a", &[("x", "inps-2021@ab"), ("y", "è &=#+")]), "/a?x=inps-2021%40ab&y=%C3%A8%20%26%3D%23%2B");
    }
}
