//! Only the user who created a log may read and write it: it is created so, and wider file
//! permissions are reported.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::error::{SqliteError, SqliteErrorKind};

fn failed(error: io::Error) -> SqliteError {
    SqliteError::new(SqliteErrorKind::Failed).with_source(error)
}

/// The path with its directories free of links, as SQLite wants it to follow none.
fn resolved(path: &Path) -> Result<PathBuf, SqliteError> {
    let path = std::path::absolute(path).map_err(failed)?;
    let (Some(directory), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(SqliteError::new(SqliteErrorKind::NotALog));
    };
    Ok(fs::canonicalize(directory).map_err(failed)?.join(name))
}

/// Makes an empty file where there is nothing, also no link. SQLite gives the files beside it the
/// same rights.
pub(super) fn make(path: &Path) -> Result<PathBuf, SqliteError> {
    let path = resolved(path)?;
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(&path) {
        Ok(_) => Ok(path),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            Err(SqliteError::new(SqliteErrorKind::AlreadyThere).with_source(error))
        }
        Err(error) => Err(failed(error)),
    }
}

/// The same, or the path of what is there, if that is no link to nothing: the caller judges what it
/// is.
pub(super) fn claim(path: &Path) -> Result<PathBuf, SqliteError> {
    match make(path) {
        Err(error) if error.kind() == SqliteErrorKind::AlreadyThere => {}
        made => return made,
    }
    let path = resolved(path)?;
    if !fs::symlink_metadata(&path).map_err(failed)?.is_symlink() {
        return Ok(path);
    }
    // Whoever made the link has chosen where the log would be, and may read it there.
    match fs::metadata(&path) {
        Ok(found) if found.len() > 0 => fs::canonicalize(&path).map_err(failed),
        _ => Err(SqliteError::new(SqliteErrorKind::Link)),
    }
}

/// Takes the rights of others, which a file that was left by a crash may have.
pub(super) fn restrict(path: &Path) -> Result<(), SqliteError> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).map_err(failed)?;
    }
    let _ = path;
    Ok(())
}

/// Whether the file's rights let other users of this machine read or write it.
pub(super) fn is_shared(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::metadata(path).is_ok_and(|found| found.permissions().mode() & 0o077 != 0)
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        false
    }
}
