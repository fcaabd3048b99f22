//! `epay cards` lists the cards that the bank keeps for a payer, and deactivates one.

use std::io::Write;

use epay::{Bank, CardId};

use crate::{Failure, exit::Ended, payments::BankArgs};

/// List and deactivate the cards that the bank keeps for a payer.
///
/// No money moves. Credentials come from EPAY_CLIENT_ID, EPAY_CLIENT_SECRET and EPAY_TERMINAL; with
/// the fake bank, those that it publishes are the default.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    List(List),
    Deactivate(Deactivate),
}

/// List the saved cards of a payer: the handle to pay with, and the card as the bank masks it.
#[derive(clap::Args)]
#[command(group = clap::ArgGroup::new("which").required(true).args(["bank", "production"]))]
struct List {
    /// The shop's name for the payer: the account that the payments were made with.
    account: String,
    #[command(flatten)]
    bank: BankArgs,
}

/// Deactivate a saved card: it can no longer be charged. Deactivating it twice does no harm.
#[derive(clap::Args)]
#[command(group = clap::ArgGroup::new("which").required(true).args(["bank", "production"]))]
struct Deactivate {
    /// The card's handle, as `list` shows it.
    #[arg(value_parser = |id: &str| CardId::new(id))]
    card: CardId,
    #[command(flatten)]
    bank: BankArgs,
}

pub(crate) async fn run(args: &Args, out: &mut impl Write) -> Result<Ended, Failure> {
    match &args.command {
        Command::List(List { account, bank }) => {
            let (environment, credentials) = bank.read()?;
            let cards = epay::connect(environment, credentials)?.saved_cards(account).await?;
            if cards.is_empty() {
                writeln!(out, "no saved cards")?;
            }
            for card in cards {
                let mask = card.mask.as_ref().map_or("not told", |mask| mask.as_str());
                writeln!(out, "{}  {mask}", card.id)?;
            }
        }
        Command::Deactivate(Deactivate { card, bank }) => {
            let (environment, credentials) = bank.read()?;
            epay::connect(environment, credentials)?.deactivate_card(card).await?;
            writeln!(out, "ended {card}")?;
        }
    }
    Ok(Ended::Done)
}
