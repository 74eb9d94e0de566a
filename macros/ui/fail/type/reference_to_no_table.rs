use synctable::{Id, SyncTable};

struct Job;

#[derive(SyncTable)]
struct Part {
    id: Id,
    #[sync(references = Job)]
    job: Id,
}

fn main() {}
