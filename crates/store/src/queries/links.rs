//! What ties objects together: members of groups, mounted folders.

use crate::{
    Db, Error, Result,
    model::{Admin, AdminGroup, AdminGroupOptions, Folder, FolderMapping, Group, GroupMapping, User},
    object::Object,
    schema::{
        folder, group,
        mapping::{admin_group, group_folder, user_folder, user_group},
    },
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};
use std::collections::HashMap;

/// Adds groups and folders to users, in a fixed number of queries.
pub async fn fill_users(db: &Db, users: &mut [User]) -> Result<()> {
    let ids: Vec<i64> = users.iter().map(|user| user.id).collect();
    let mut at: HashMap<i64, &mut User> = users.iter_mut().map(|user| (user.id, user)).collect();

    let members = user_group::Entity::find().filter(user_group::Column::UserId.is_in(ids.clone()));
    let members = members.order_by_asc(user_group::Column::Position).all(db).await?;
    let names = group_names(db, members.iter().map(|member| member.group_id).collect()).await?;
    for member in members {
        if let (Some(user), Some(name)) = (at.get_mut(&member.user_id), names.get(&member.group_id)) {
            user.groups.push(GroupMapping { name: name.clone(), kind: member.kind });
        }
    }

    let mounts = user_folder::Entity::find().filter(user_folder::Column::UserId.is_in(ids));
    let mounts = mounts.order_by_asc(user_folder::Column::Position).all(db).await?;
    let folders = folders(db, mounts.iter().map(|mount| mount.folder_id).collect()).await?;
    for mount in mounts {
        if let (Some(user), Some(folder)) = (at.get_mut(&mount.user_id), folders.get(&mount.folder_id)) {
            user.virtual_folders.push(FolderMapping {
                folder: folder.clone(),
                virtual_path: mount.virtual_path,
                quota_size: mount.quota_size,
                quota_files: mount.quota_files,
                subpath: mount.subpath,
            });
        }
    }
    Ok(())
}

/// Deletes a user's groups and folders.
pub async fn cut_user(db: &Db, id: i64) -> Result<()> {
    user_group::Entity::delete_many().filter(user_group::Column::UserId.eq(id)).exec(db).await?;
    user_folder::Entity::delete_many().filter(user_folder::Column::UserId.eq(id)).exec(db).await?;
    Ok(())
}

/// Stores a user's groups and folders.
pub async fn save_user(db: &Db, id: i64, user: &User) -> Result<()> {
    for (position, mapping) in (0..).zip(&user.groups) {
        let row = user_group::ActiveModel {
            user_id: Set(id),
            group_id: Set(group_id(db, &mapping.name).await?),
            kind: Set(mapping.kind),
            position: Set(position),
        };
        user_group::Entity::insert(row).exec_without_returning(db).await?;
    }
    for (position, mount) in (0..).zip(&user.virtual_folders) {
        let row = user_folder::ActiveModel {
            user_id: Set(id),
            position: Set(position),
            folder_id: Set(folder_id(db, &mount.folder.name).await?),
            virtual_path: Set(mount.virtual_path.clone()),
            quota_size: Set(mount.quota_size),
            quota_files: Set(mount.quota_files),
            subpath: Set(mount.subpath.clone()),
        };
        user_folder::Entity::insert(row).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Adds groups to admins.
pub async fn fill_admins(db: &Db, admins: &mut [Admin]) -> Result<()> {
    let ids: Vec<i64> = admins.iter().map(|admin| admin.id).collect();
    let mut at: HashMap<i64, &mut Admin> = admins.iter_mut().map(|admin| (admin.id, admin)).collect();
    let members = admin_group::Entity::find().filter(admin_group::Column::AdminId.is_in(ids));
    let members = members.order_by_asc(admin_group::Column::Position).all(db).await?;
    let names = group_names(db, members.iter().map(|member| member.group_id).collect()).await?;
    for member in members {
        if let (Some(admin), Some(name)) = (at.get_mut(&member.admin_id), names.get(&member.group_id)) {
            let options = AdminGroupOptions { add_to_users_as: member.add_to_users_as };
            admin.groups.push(AdminGroup { name: name.clone(), options });
        }
    }
    Ok(())
}

/// Deletes an admin's groups.
pub async fn cut_admin(db: &Db, id: i64) -> Result<()> {
    admin_group::Entity::delete_many().filter(admin_group::Column::AdminId.eq(id)).exec(db).await?;
    Ok(())
}

/// Stores an admin's groups.
pub async fn save_admin(db: &Db, id: i64, admin: &Admin) -> Result<()> {
    for (position, group) in (0..).zip(&admin.groups) {
        let row = admin_group::ActiveModel {
            admin_id: Set(id),
            group_id: Set(group_id(db, &group.name).await?),
            add_to_users_as: Set(group.options.add_to_users_as),
            position: Set(position),
        };
        admin_group::Entity::insert(row).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Adds folders to groups.
pub async fn fill_group_folders(db: &Db, groups: &mut [Group]) -> Result<()> {
    let ids: Vec<i64> = groups.iter().map(|group| group.id).collect();
    let mut at: HashMap<i64, &mut Group> = groups.iter_mut().map(|group| (group.id, group)).collect();
    let mounts = group_folder::Entity::find().filter(group_folder::Column::GroupId.is_in(ids));
    let mounts = mounts.order_by_asc(group_folder::Column::Position).all(db).await?;
    let folders = folders(db, mounts.iter().map(|mount| mount.folder_id).collect()).await?;
    for mount in mounts {
        if let (Some(group), Some(folder)) = (at.get_mut(&mount.group_id), folders.get(&mount.folder_id)) {
            group.virtual_folders.push(FolderMapping {
                folder: folder.clone(),
                virtual_path: mount.virtual_path,
                quota_size: mount.quota_size,
                quota_files: mount.quota_files,
                subpath: mount.subpath,
            });
        }
    }
    Ok(())
}

/// Deletes a group's folders.
pub async fn cut_group(db: &Db, id: i64) -> Result<()> {
    group_folder::Entity::delete_many().filter(group_folder::Column::GroupId.eq(id)).exec(db).await?;
    Ok(())
}

/// Stores a group's folders.
pub async fn save_group(db: &Db, id: i64, group: &Group) -> Result<()> {
    for (position, mount) in (0..).zip(&group.virtual_folders) {
        let row = group_folder::ActiveModel {
            group_id: Set(id),
            position: Set(position),
            folder_id: Set(folder_id(db, &mount.folder.name).await?),
            virtual_path: Set(mount.virtual_path.clone()),
            quota_size: Set(mount.quota_size),
            quota_files: Set(mount.quota_files),
            subpath: Set(mount.subpath.clone()),
        };
        group_folder::Entity::insert(row).exec_without_returning(db).await?;
    }
    Ok(())
}

async fn group_names(db: &Db, ids: Vec<i64>) -> Result<HashMap<i64, String>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let query = group::Entity::find().filter(group::Column::Id.is_in(ids)).select_only();
    let query = query.column(group::Column::Id).column(group::Column::Name);
    Ok(query.into_tuple::<(i64, String)>().all(db).await?.into_iter().collect())
}

async fn folders(db: &Db, ids: Vec<i64>) -> Result<HashMap<i64, Folder>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = folder::Entity::find().filter(folder::Column::Id.is_in(ids)).all(db).await?;
    rows.into_iter().map(|row| Ok((row.id, Folder::from_row(row)?))).collect()
}

async fn group_id(db: &Db, name: &str) -> Result<i64> {
    let query = group::Entity::find().filter(group::Column::Name.eq(name)).select_only();
    let id = query.column(group::Column::Id).into_tuple::<i64>().one(db).await?;
    id.ok_or_else(|| Error::MissingReference { kind: "group", name: name.to_owned() })
}

async fn folder_id(db: &Db, name: &str) -> Result<i64> {
    let query = folder::Entity::find().filter(folder::Column::Name.eq(name)).select_only();
    let id = query.column(folder::Column::Id).into_tuple::<i64>().one(db).await?;
    id.ok_or_else(|| Error::MissingReference { kind: "folder", name: name.to_owned() })
}
