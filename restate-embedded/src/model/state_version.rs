//! Versions of an object's state, as Restate's command line computes them of what it has read.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use super::sha256::sha256;

/// The version of these names and values.
pub(crate) fn version<N: AsRef<[u8]>, V: AsRef<[u8]>>(state: &[(N, V)]) -> String {
    let mut state: Vec<_> =
        state.iter().map(|(name, value)| (name.as_ref(), value.as_ref())).collect();
    state.sort_unstable();
    let mut message = Vec::new();
    for (index, (name, value)) in (0_u64..).zip(state) {
        message.extend(index.to_be_bytes());
        for (mark, bytes) in [(1, name), (2, value), (3, &[][..])] {
            message.push(mark);
            message.extend(bytes);
        }
    }
    URL_SAFE_NO_PAD.encode(sha256(&message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_those_of_restate() {
        for (state, expected) in [
            (&[][..], "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"),
            (&[("name", "bob")], "tDqA04Lj3_qJ-PgNPTecXDGZgpwy6jm2Ni2BYqJIthM"),
            (&[("b", "bbb"), ("a", "aaa")], "RVM17P6x18Wp-JnzQ01BzmqCvhAunTOQI_az6Px3Zyk"),
        ] {
            assert_eq!(version(state), expected);
        }
    }
}
