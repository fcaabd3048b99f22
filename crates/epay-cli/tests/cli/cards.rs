//! `epay cards` against a fake bank on a socket.

use std::process::{Command, Output};

use epay_fakebank::{
    Bank, Millis, SANDBOX_TERMINAL, Settings, cards,
    server::{FakeBankServer, Running},
};

async fn bank() -> Running {
    FakeBankServer::start(Settings::default(), ([127, 0, 0, 1], 0).into()).await.unwrap()
}

/// A payer's card that the bank keeps.
fn saved(bank: &Running) -> String {
    let save = |bank: &mut Bank| {
        bank.save_card(SANDBOX_TERMINAL, "payer-7", cards::VISA_OK, Millis(0)).unwrap()
    };
    bank.with_bank(save)
}

async fn epay(bank: &Running, arguments: [&str; 3]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_epay"));
    command.args(arguments).args(["--bank", &bank.console_url()]);
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

fn told(output: Output, code: i32) -> String {
    assert_eq!(output.status.code(), Some(code), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(if code == 0 { output.stdout } else { output.stderr }).unwrap()
}

#[tokio::test]
async fn a_payers_cards_are_listed_and_ended() {
    let bank = bank().await;
    let list = || epay(&bank, ["cards", "list", "payer-7"]);
    assert_eq!(told(list().await, 0), "no saved cards\n");
    let id = saved(&bank);
    assert_eq!(told(list().await, 0), format!("{id}  440563...5096\n"));
    for _ in 0..2 {
        let ended = epay(&bank, ["cards", "deactivate", &id]).await;
        assert_eq!(told(ended, 0), format!("ended {id}\n"));
    }
    assert_eq!(told(list().await, 0), "no saved cards\n");
    let refused = told(epay(&bank, ["cards", "deactivate", "never-kept"]).await, 1);
    assert!(refused.contains("the bank refused it with code 522"), "{refused}");
    told(epay(&bank, ["cards", "deactivate", "../x"]).await, 2);
}
