//! A backup taken: one moment of the database, written as it is read.

use super::{BackupFile, VERSION, read::Section};
use crate::{Admin, Control, Error, Folder, Group, Result, Role, User};
use serde::Serialize;
use std::{fs::File, io::Write};
use store::{ApiKey, EventAction, EventRule, IpListEntry, Object, Share, Snapshot, scratch};
use tokio::runtime::Handle;

/// How a backup is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    Compact,
    Indented,
}

/// The kinds a backup can be limited to, as `scopes` names them.
const SCOPES: [(&str, Option<Section>); 11] = [
    ("users", Some(Section::Users)),
    ("folders", Some(Section::Folders)),
    ("groups", Some(Section::Groups)),
    ("admins", Some(Section::Admins)),
    ("api_keys", Some(Section::ApiKeys)),
    ("shares", Some(Section::Shares)),
    ("actions", Some(Section::EventActions)),
    ("rules", Some(Section::EventRules)),
    ("roles", Some(Section::Roles)),
    ("ip_lists", Some(Section::IpLists)),
    ("configs", None),
];

impl Control {
    /// A backup of everything, or of the kinds in `scopes`, with hashes and the means to decrypt secrets. Kinds that
    /// are not asked for are `null` in it.
    pub async fn dump(&self, scopes: &[String], layout: Layout) -> Result<BackupFile> {
        check(scopes)?;
        let dir = self.settings.backups_path.clone();
        let made = self.passwords.handle().spawn_blocking(move || scratch(&dir));
        let file = made.await.map_err(|_| Error::Stopped)?.map_err(Error::Scratch)?;
        Ok(self.backup_in(self.dump_into(file, scopes, layout).await?))
    }

    /// The same in a file called `name` below the directory of backups: whole, or not there.
    pub async fn dump_to(&self, name: &str, scopes: &[String], layout: Layout) -> Result<()> {
        check(scopes)?;
        let target = self.new_backup(name).await?;
        let file = target.file()?;
        self.dump_into(file, scopes, layout).await?;
        target.publish().await
    }

    async fn dump_into(&self, file: File, scopes: &[String], layout: Layout) -> Result<File> {
        let wanted = |section: Option<Section>| {
            scopes.is_empty()
                || SCOPES.iter().any(|(name, of)| *of == section && scopes.iter().any(|asked| asked == name))
        };
        let snapshot = self.store.snapshot().await?;
        let mut out = Writer::new(file, layout, self.passwords.handle().clone());
        for section in Section::ALL {
            out.key(section.key());
            if !wanted(Some(section)) {
                out.value(&(), 1)?;
                continue;
            }
            self.dump_section(&snapshot, section, &mut out).await?;
        }
        out.key("configs");
        let configs = if wanted(None) { Some(snapshot.configs().await?) } else { None };
        out.value(&configs, 1)?;
        out.key("version");
        out.value(&VERSION, 1)?;
        out.finish().await
    }

    async fn dump_section(&self, snapshot: &Snapshot, section: Section, out: &mut Writer) -> Result<()> {
        match section {
            Section::Users => out.list(snapshot, |user: &mut User| self.show_usage(user)).await,
            Section::Folders => {
                out.list(snapshot, |folder: &mut Folder| self.show_folder_usage(folder)).await
            }
            Section::Groups => {
                let show = |group: &mut Group| {
                    let folders = group.virtual_folders.iter_mut().map(|mount| &mut mount.folder);
                    folders.for_each(|folder| self.show_folder_usage(folder));
                };
                out.list(snapshot, show).await
            }
            Section::Admins => out.list(snapshot, |_: &mut Admin| {}).await,
            Section::ApiKeys => out.list(snapshot, |_: &mut ApiKey| {}).await,
            Section::Shares => out.list(snapshot, |_: &mut Share| {}).await,
            Section::EventActions => out.list(snapshot, |_: &mut EventAction| {}).await,
            Section::EventRules => out.list(snapshot, trim_actions).await,
            Section::Roles => out.list(snapshot, |_: &mut Role| {}).await,
            Section::IpLists => out.ip_lists(snapshot).await,
        }
    }
}

fn check(scopes: &[String]) -> Result<()> {
    match scopes.iter().find(|scope| !SCOPES.iter().any(|(name, _)| name == scope)) {
        Some(unknown) => Err(Error::Invalid(format!("scopes: {unknown:?} means nothing"))),
        None => Ok(()),
    }
}

/// What an action is said to be for is part of the action alone.
fn trim_actions(rule: &mut EventRule) {
    rule.actions.iter_mut().for_each(|action| action.action.description.clear());
}

/// One JSON object with lists in it, written piece by piece.
struct Writer {
    /// `None` while it is being written to.
    file: Option<File>,
    /// What is not written yet.
    text: Vec<u8>,
    layout: Layout,
    empty: bool,
    handle: Handle,
}

impl Writer {
    fn new(file: File, layout: Layout, handle: Handle) -> Self {
        Self { file: Some(file), text: vec![b'{'], layout, empty: true, handle }
    }

    fn key(&mut self, name: &str) {
        if !self.empty {
            self.text.push(b',');
        }
        self.empty = false;
        self.new_line(1);
        let colon = if self.layout == Layout::Indented { ": " } else { ":" };
        self.text.extend(format!("\"{name}\"{colon}").as_bytes());
    }

    /// `value`, whose lines begin below the given number of levels.
    fn value(&mut self, value: &impl Serialize, levels: usize) -> Result<()> {
        let failed = |error: serde_json::Error| Error::Scratch(error.into());
        match self.layout {
            Layout::Compact => serde_json::to_writer(&mut self.text, value).map_err(failed),
            Layout::Indented => {
                let text = serde_json::to_vec_pretty(value).map_err(failed)?;
                // In JSON a line ends between values alone.
                for (at, line) in text.split(|byte| *byte == b'\n').enumerate() {
                    if at > 0 {
                        self.new_line(levels);
                    }
                    self.text.extend_from_slice(line);
                }
                Ok(())
            }
        }
    }

    /// All objects of a kind, as `show` shows them.
    async fn list<T: Object + Serialize>(
        &mut self,
        snapshot: &Snapshot,
        show: impl Fn(&mut T),
    ) -> Result<()> {
        self.text.push(b'[');
        let (mut last, mut any) = (None, false);
        loop {
            let mut page = snapshot.next(last.as_ref()).await?;
            page.iter_mut().for_each(&show);
            any |= self.elements(&page, any)?;
            self.flush().await?;
            match page.pop() {
                Some(object) => last = Some(object),
                None => break,
            }
        }
        self.end_list(any);
        Ok(())
    }

    async fn ip_lists(&mut self, snapshot: &Snapshot) -> Result<()> {
        self.text.push(b'[');
        let mut any = false;
        for kind in crate::ip_lists::KINDS {
            let mut last: Option<IpListEntry> = None;
            loop {
                let mut page = snapshot.next_ip_list(kind, last.as_ref()).await?;
                any |= self.elements(&page, any)?;
                self.flush().await?;
                match page.pop() {
                    Some(entry) => last = Some(entry),
                    None => break,
                }
            }
        }
        self.end_list(any);
        Ok(())
    }

    /// Answers whether there were some.
    fn elements(&mut self, objects: &[impl Serialize], mut after_others: bool) -> Result<bool> {
        for object in objects {
            if after_others {
                self.text.push(b',');
            }
            after_others = true;
            self.new_line(2);
            self.value(object, 2)?;
        }
        Ok(!objects.is_empty())
    }

    fn end_list(&mut self, any: bool) {
        if any {
            self.new_line(1);
        }
        self.text.push(b']');
    }

    fn new_line(&mut self, levels: usize) {
        if self.layout == Layout::Indented {
            self.text.push(b'\n');
            self.text.extend(std::iter::repeat_n(b' ', 2 * levels));
        }
    }

    async fn flush(&mut self) -> Result<()> {
        let Some(mut file) = self.file.take() else { return Err(Error::Stopped) };
        let text = std::mem::take(&mut self.text);
        let write = self.handle.spawn_blocking(move || file.write_all(&text).map(|()| file));
        self.file = Some(write.await.map_err(|_| Error::Stopped)?.map_err(Error::Scratch)?);
        Ok(())
    }

    async fn finish(mut self) -> Result<File> {
        self.new_line(0);
        self.text.push(b'}');
        self.flush().await?;
        self.file.take().ok_or(Error::Stopped)
    }
}
