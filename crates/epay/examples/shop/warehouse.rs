//! Who ships: it is told at least once, so it takes each notification in under its id.

use std::{fs, path::PathBuf};

use epay::{Notification, NotificationHandler};

use super::AnyError;

#[derive(Debug)]
pub(crate) struct Warehouse {
    pub(crate) folder: PathBuf,
}

#[async_trait::async_trait]
impl NotificationHandler for Warehouse {
    async fn handle(&self, notification: &Notification) -> Result<(), AnyError> {
        let order = notification.attempt().order().as_str();
        let file = self.folder.join(notification.id());
        let unfinished = file.with_extension("unfinished");
        fs::write(&unfinished, format!("{} {order}\n", notification.kind()))?;
        Ok(fs::rename(unfinished, file)?) // the same id again changes nothing
    }
}
