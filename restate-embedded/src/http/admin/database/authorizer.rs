use restate_core::TerminalError;
use rusqlite::hooks::{AuthAction, AuthContext};

use crate::http::refusal::refusal;

/// Columns with whole frames, whose requests and headers are shown only decoded, without secrets.
const FRAMES: [(&str, &str); 3] =
    [("invocation", "input"), ("completed", "input"), ("journal", "frames")];

/// Columns with values of unknown types.
const VALUES: [(&str, &str); 5] = [
    ("completed", "output"),
    ("completed", "failure"),
    ("state", "value"),
    ("promise", "output"),
    ("promise", "failure"),
];

/// What a statement sees as NULL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hidden {
    /// Nothing: the statement is the engine's own, which shows no frames and takes care of values itself.
    Nothing,
    Frames,
    /// Values, too: the contract of some service hides fields from people.
    FramesAndValues,
}

/// The column that an action reads, if a statement sees NULL in place of its values.
pub(super) fn hidden(context: &AuthContext<'_>, hidden: Hidden) -> Option<String> {
    let AuthAction::Read { table_name, column_name } = context.action else { return None };
    // Restate's tables, which have names of the engine's own, take care of it themselves.
    if context.database_name == Some("temp") {
        return None;
    }
    let column = (table_name, column_name);
    let is_hidden = match hidden {
        Hidden::Nothing => false,
        Hidden::Frames => FRAMES.contains(&column),
        Hidden::FramesAndValues => FRAMES.contains(&column) || VALUES.contains(&column),
    };
    is_hidden.then(|| format!("{table_name}.{column_name}"))
}

/// Why a statement may not do this, or `None` for reads and functions.
///
/// SQLite asks while it prepares a statement. What is not listed here is refused, and so is all that
/// future versions of SQLite add.
pub(super) fn check(action: &AuthAction<'_>) -> Option<TerminalError> {
    let what = match action {
        AuthAction::Select | AuthAction::Read { .. } | AuthAction::Recursive => return None,
        // Connections of rusqlite cannot load extensions in any case.
        AuthAction::Function { function_name }
            if !function_name.eq_ignore_ascii_case("load_extension") =>
        {
            return None;
        }
        AuthAction::Function { function_name } => format!("the function `{function_name}`"),
        AuthAction::Pragma { pragma_name, .. } => format!("`PRAGMA {pragma_name}`"),
        AuthAction::Attach { .. } => "`ATTACH` or `VACUUM`".to_owned(),
        AuthAction::Detach { .. } => "`DETACH`".to_owned(),
        AuthAction::Transaction { .. } | AuthAction::Savepoint { .. } => "a transaction".to_owned(),
        _ => "a change of the database".to_owned(),
    };
    let message = format!(
        "{what} is not allowed: queries only read, so only SELECT and functions can be used; the \
         routes of the admin interface change state and invocations"
    );
    Some(refusal(400, message))
}
