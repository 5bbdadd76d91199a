//! What a Restate server learns about the bound services.

mod manifest;
mod settings;
mod version;

pub use self::manifest::ProtocolMode;
pub(crate) use self::{
    manifest::{Manifest, PROTOCOL_VERSIONS, ServiceEntry},
    settings::TooNew,
    version::ManifestVersion,
};
