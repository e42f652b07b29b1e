//! What ties event rules to their actions.

use crate::{
    Db, Error, Result,
    model::{EventAction, EventRule, RuleAction},
    object::Object,
    schema::{
        event_action,
        event_rule::{self, rule_action},
        from_json, to_json,
    },
};
use sea_orm::{ColumnTrait, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect, Set};
use std::collections::HashMap;

/// Adds to actions the names of the rules that run them.
pub async fn fill_actions(db: &Db, actions: &mut [EventAction]) -> Result<()> {
    let ids: Vec<i64> = actions.iter().map(|action| action.id).collect();
    let rule = rule_action::Entity::belongs_to(event_rule::Entity).from(rule_action::Column::RuleId);
    let query = rule_action::Entity::find().select_only().column(rule_action::Column::ActionId);
    let query = query.column(event_rule::Column::Name);
    let query = query.join(JoinType::InnerJoin, rule.to(event_rule::Column::Id).into());
    let query = query.filter(rule_action::Column::ActionId.is_in(ids)).order_by_asc(event_rule::Column::Name);
    let pairs: Vec<(i64, String)> = query.into_tuple().all(db).await?;
    let mut names: HashMap<i64, Vec<String>> = HashMap::new();
    for (action, rule) in pairs {
        names.entry(action).or_default().push(rule);
    }
    for action in actions {
        action.rules = names.remove(&action.id).unwrap_or_default();
    }
    Ok(())
}

/// Adds to rules their actions, whole and in order.
pub async fn fill_rules(db: &Db, rules: &mut [EventRule]) -> Result<()> {
    let ids: Vec<i64> = rules.iter().map(|rule| rule.id).collect();
    let links = rule_action::Entity::find().filter(rule_action::Column::RuleId.is_in(ids));
    let links = links.order_by_asc(rule_action::Column::Position).all(db).await?;
    let actions: Vec<i64> = links.iter().map(|link| link.action_id).collect();
    let rows = event_action::Entity::find().filter(event_action::Column::Id.is_in(actions)).all(db).await?;
    let actions = rows.into_iter().map(|row| Ok((row.id, EventAction::from_row(row)?)));
    let actions: HashMap<i64, EventAction> = actions.collect::<Result<_>>()?;
    let mut at: HashMap<i64, &mut EventRule> = rules.iter_mut().map(|rule| (rule.id, rule)).collect();
    for link in links {
        if let (Some(rule), Some(action)) = (at.get_mut(&link.rule_id), actions.get(&link.action_id)) {
            rule.actions.push(RuleAction {
                action: action.clone(),
                order: link.position,
                relation_options: from_json(link.options)?,
            });
        }
    }
    Ok(())
}

/// Deletes a rule's actions.
pub async fn cut_rule(db: &Db, id: i64) -> Result<()> {
    rule_action::Entity::delete_many().filter(rule_action::Column::RuleId.eq(id)).exec(db).await?;
    Ok(())
}

/// Stores a rule's actions.
pub async fn save_rule(db: &Db, id: i64, rule: &EventRule) -> Result<()> {
    for action in &rule.actions {
        let row = rule_action::ActiveModel {
            rule_id: Set(id),
            action_id: Set(action_id(db, &action.action.name).await?),
            position: Set(action.order),
            options: Set(to_json(&action.relation_options)?),
        };
        rule_action::Entity::insert(row).exec_without_returning(db).await?;
    }
    Ok(())
}

async fn action_id(db: &Db, name: &str) -> Result<i64> {
    let query = event_action::Entity::find().filter(event_action::Column::Name.eq(name)).select_only();
    let id = query.column(event_action::Column::Id).into_tuple::<i64>().one(db).await?;
    id.ok_or_else(|| Error::MissingReference { kind: "event action", name: name.to_owned() })
}
