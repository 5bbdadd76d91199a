//! Suggestions for mistakes that protox reports.

use std::{env, path::Path};

use prost_types::{DescriptorProto, EnumDescriptorProto, FileDescriptorProto};
use protox::file::File;

/// Lists where `proto` was searched for.
pub(crate) fn missing(proto: &Path, includes: &[impl AsRef<Path>]) -> String {
    let includes: Vec<_> =
        includes.iter().map(|include| include.as_ref().display().to_string()).collect();
    let (proto, paths, includes) = (proto, proto.display(), includes.join("`, `"));
    if proto.exists() {
        return format!(
            "`{paths}` is not in any include path (`{includes}`); add the directory that its \
             imports are relative to"
        );
    }
    let directory = env::current_dir().unwrap_or_default();
    format!("no file `{paths}` in {} or in the include paths (`{includes}`)", directory.display())
}

/// The names that may have been meant instead of the one in `message`, if it should be one of
/// `options`, the name and source of `restate/options.proto`.
pub(crate) fn alternatives(message: &str, options: (&str, &str)) -> Option<String> {
    let file = File::from_source(options.0, options.1).ok()?;
    let file = file.file_descriptor_proto();
    if message.contains("import 'restate/") {
        return Some(format!("did you mean `{}`?", options.0));
    }
    let is_undefined = message.contains("'restate.") && message.contains("not defined");
    if is_undefined {
        let names = file.extension.iter().map(|it| format!("({}.{})", file.package(), it.name()));
        let names = names.collect::<Vec<_>>().join(", ");
        return Some(format!("`import \"{}\";` defines {names}", options.0));
    }
    let (_, name) = message.rsplit_once("not found for ")?;
    let (_, name) = name.trim_end_matches('\'').split_once("'restate.")?;
    Some(format!("available: {}", members(file, name)?.join(", ")))
}

/// The fields of the message, or the values of the enum, with this name in the package.
fn members(file: &FileDescriptorProto, name: &str) -> Option<Vec<String>> {
    let (outer, inner) = name.split_once('.').unwrap_or((name, ""));
    let message = file.message_type.iter().find(|message| message.name() == outer)?;
    if inner.is_empty() {
        return Some(fields(message));
    }
    message.enum_type.iter().find(|values| values.name() == inner).map(values)
}

fn fields(message: &DescriptorProto) -> Vec<String> {
    message.field.iter().map(|field| field.name().to_owned()).collect()
}

fn values(values: &EnumDescriptorProto) -> Vec<String> {
    values.value.iter().map(|value| value.name().to_owned()).collect()
}
