//! What is due is found by an index and claimed once, and one damaged payment holds up no other.

use super::*;

#[test]
fn what_is_due_is_found_by_its_index() {
    let home = Home::new();
    let store = home.create();
    for (queue, plan) in [
        (Queue::UnknownChecks, "next_check (terminal=? AND check_class=? AND next_check_at"),
        (Queue::SettledChecks, "next_check (terminal=? AND check_class=? AND next_check_at"),
        (Queue::Notifications, "next_notify (terminal=? AND next_notify_at"),
    ] {
        let explained = block_on(store.reader.call(move |conn| {
            let mut plan = conn.prepare(&format!("EXPLAIN QUERY PLAN {}", attempt::due(queue)))?;
            let lines = plan.query_map(params![terminal().as_str(), 0, 10, 0, 0, 0], |row| {
                row.get::<_, String>(3)
            })?;
            Ok(lines.collect::<Result<Vec<_>, _>>()?)
        }));
        let search = |than| format!("SEARCH attempts USING COVERING INDEX attempts_{plan}{than}?)");
        let (past, beyond) = (search('<'), search('>'));
        let plan = ["MERGE (UNION ALL)", "LEFT", past.as_str(), "RIGHT", beyond.as_str()];
        assert_eq!(explained.unwrap(), plan, "searches of the index alone, nothing sorted");
    }
}

#[test]
fn the_notification_that_has_waited_longest_is_found_by_its_index() {
    let home = Home::new();
    let store = home.create();
    let since = || block_on(store.notification_due_since(&terminal())).unwrap();
    assert_eq!(since(), None);
    let notify = |order, seconds| {
        let next_notify_at = Some(NOW + Duration::from_secs(seconds));
        let (opened, schedule) = (create(&store, order).unwrap(), Schedule::default());
        let schedule = Schedule { next_notify_at, ..schedule };
        block_on(store.append(&opened, &[asked()], schedule)).unwrap()
    };
    append(&store, &create(&store, "nothing to tell").unwrap()).unwrap();
    assert_eq!(since(), None);
    notify("later", 9);
    let first = notify("first", 5);
    assert_eq!(since(), Some(NOW + Duration::from_secs(5)));
    let other = TerminalId::new("67e34d63-102f-4bd1-898e-370781d0074e").unwrap();
    assert_eq!(block_on(store.notification_due_since(&other)).unwrap(), None);
    block_on(store.append(&first, &[], Schedule::default())).unwrap();
    assert_eq!(since(), Some(NOW + Duration::from_secs(9)));
    let plan = block_on(store.reader.call(|conn| {
        let sql = format!("EXPLAIN QUERY PLAN {}", attempt::NOTIFICATION_DUE);
        Ok(conn.query_row(&sql, [""], |row| row.get::<_, String>(3))?)
    }));
    let index = "SEARCH attempts USING COVERING INDEX attempts_next_notify (terminal=?";
    assert!(plan.as_ref().unwrap().starts_with(index), "{plan:?}");
}

#[test]
fn a_claim_is_planned_once_and_not_for_each_time() {
    let home = Home::new();
    let store = home.create();
    append(&store, &create(&store, "order").unwrap()).unwrap();
    for queue in [Queue::UnknownChecks, Queue::SettledChecks, Queue::Notifications] {
        for seconds in [0, 1, 3] {
            let (now, lease) = (NOW + Duration::from_secs(seconds), Duration::from_secs(1));
            block_on(store.claim_due(queue, &terminal(), now, 10, lease)).unwrap();
        }
        let planned_again = block_on(store.writer.call(move |conn| {
            let claim = conn.prepare_cached(&attempt::due(queue))?;
            Ok(claim.get_status(StatementStatus::RePrepare))
        }));
        assert_eq!(planned_again.unwrap(), 0, "{queue:?}");
    }
}

#[test]
fn a_payment_that_cannot_be_read_holds_up_nobody() {
    let home = Home::new();
    let store = home.create();
    let opened =
        ["newer", "fine"].map(|order| append(&store, &create(&store, order).unwrap()).unwrap());
    let newer = opened[0].payment.invoice();
    let (newer_record, invoice) = (r#"{"v":2}"#, newer.as_str());
    let conn = home.past_the_store();
    conn.execute_batch("DROP TRIGGER events_are_not_changed").unwrap();
    let checksum = row::Place { version: 1, place: 0 }.checksum(invoice, newer_record);
    conn.execute(
        "UPDATE events SET record = ?1, checksum = ?2 WHERE invoice = ?3",
        params![newer_record, checksum, invoice],
    )
    .unwrap();
    failed(block_on(store.load(newer)), SqliteErrorKind::NewerRecord);
    let claimed = claim(&store, NOW).unwrap();
    assert_eq!(
        claimed.iter().map(|stored| &stored.payment).collect::<Vec<_>>(),
        [&opened[1].payment]
    );
    block_on(store.append(&claimed[0], &[], Schedule::default())).unwrap();
    failed(claim(&store, NOW + Duration::from_secs(2)), SqliteErrorKind::NewerRecord);
}
