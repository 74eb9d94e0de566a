use synctable::{Error, Id, SyncContext, SyncTable};

#[derive(SyncTable)]
struct TodoItem {
    id: Id,
    title: String,
}

#[derive(SyncTable)]
struct Movie {
    id: Id,
    title: String,
}

async fn read(context: &SyncContext) -> Result<(), Error> {
    context.table::<TodoItem>().list(&Movie::query()).await?;
    context.table::<TodoItem>().pull(Movie::pull("all")).await?;
    Ok(())
}

fn main() {
    let movie = Movie::COLUMNS;
    let _ = TodoItem::query().filter(|_| movie.title.eq("Alien"));
}
