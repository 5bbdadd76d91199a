//! Discovery: the manifest of bound services, in the version that the server understands.

mod manifest;
mod settings;
mod version;

pub use self::manifest::ProtocolMode;
pub(crate) use self::{
    manifest::{Manifest, PROTOCOL_VERSIONS, ServiceEntry},
    settings::UnsupportedSetting,
    version::ManifestVersion,
};
