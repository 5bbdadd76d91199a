use restate_core::TerminalError;
use rusqlite::hooks::AuthAction;

use crate::http::refusal::refusal;

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
