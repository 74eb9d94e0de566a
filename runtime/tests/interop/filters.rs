//! Pulls of some rows only; the filters have no text functions, which this backend's SQLite provider gets wrong.

use serde_json::{Value, json};
use synctable::{Id, Predicate, Pull, SyncTable, Timestamp};

use crate::world::World;

#[derive(Debug, Clone, PartialEq, SyncTable)]
#[sync(table = "movies_v3", rename_all = "camelCase")]
struct Movie {
    id: Id,
    title: String,
    year: i32,
    duration: i32,
    rating: Option<String>,
    best_picture_winner: bool,
    release_date: Timestamp,
}

/// The first movies of the shared data.
fn movies() -> Vec<Movie> {
    let text = include_str!("../data/movies.json");
    let data: Value = serde_json::from_str(text).unwrap();
    let number = |value: &Value| i32::try_from(value.as_i64().unwrap()).unwrap();
    let read = |movie: &Value| Movie {
        id: movie["id"].as_str().unwrap().parse().unwrap(),
        title: movie["title"].as_str().unwrap().to_owned(),
        year: number(&movie["year"]),
        duration: number(&movie["duration"]),
        rating: movie["ratingText"].as_str().map(str::to_owned),
        best_picture_winner: movie["bestPictureWinner"].as_bool().unwrap(),
        release_date: format!("{}T00:00:00Z", movie["releaseDate"].as_str().unwrap()).parse().unwrap(),
    };
    data["movies"].as_array().unwrap().iter().take(80).map(read).collect()
}

/// A condition in the library's words.
type Condition = fn(<Movie as SyncTable>::Columns) -> Predicate<Movie>;
/// The same condition in Rust's words.
type Holds = fn(&Movie) -> bool;

#[tokio::test]
async fn a_filter_pulls_the_rows_that_it_selects_at_home() {
    let Some(world) = World::start("a_filter_pulls_the_rows_that_it_selects_at_home") else { return };
    let movies = movies();
    for movie in &movies {
        let row = json!({
            "id": movie.id.as_str(), "title": movie.title, "year": movie.year, "duration": movie.duration,
            "rating": movie.rating, "bestPictureWinner": movie.best_picture_winner,
            "releaseDate": movie.release_date.to_millis_string(),
        });
        assert_eq!(world.peer().send("POST", "/tables/movies_v3", Some(&row)).status, 201);
    }
    let selects: [(&str, Condition, Holds); 9] = [
        ("number", |movie| movie.year.ge(1994).and(movie.year.lt(2000)), |movie| (1994..2000).contains(&movie.year)),
        ("bool", |movie| movie.best_picture_winner.eq(true), |movie| movie.best_picture_winner),
        ("not", |movie| !movie.best_picture_winner.eq(true), |movie| !movie.best_picture_winner),
        ("null", |movie| movie.rating.is_null(), |movie| movie.rating.is_none()),
        ("not null", |movie| movie.rating.ne("R"), |movie| movie.rating.as_deref() != Some("R")),
        (
            "in",
            |movie| movie.rating.is_in(["G", "PG"]).or(movie.title.eq("Schindler's List")),
            |movie| matches!(movie.rating.as_deref(), Some("G" | "PG")) || movie.title == "Schindler's List",
        ),
        (
            "instant",
            |movie| movie.release_date.le("1994-10-14T00:00:00Z".parse::<Timestamp>().unwrap()),
            |movie| movie.release_date <= "1994-10-14T00:00:00Z".parse().unwrap(),
        ),
        ("nothing", |movie| movie.year.gt(3000), |_| false),
        (
            "many",
            |movie| movie.duration.is_in((90..150).map(|minutes| minutes * 2)),
            |movie| movie.duration % 2 == 0 && (180..300).contains(&movie.duration),
        ),
    ];
    for (name, condition, holds) in selects {
        let context =
            world.builder(name).table_with::<Movie>(|table| table.pull(Pull::named(name).filter(condition))).open();
        let context = context.await.unwrap();
        let table = context.table::<Movie>();
        context.sync().await.unwrap().into_result().unwrap_or_else(|error| panic!("{name}: {error}"));
        let expected: Vec<&Movie> = movies.iter().filter(|movie| holds(movie)).collect();
        let pulled = table.list(&Movie::query().order_by(|movie| movie.id.asc())).await.unwrap();
        assert_eq!(pulled.iter().collect::<Vec<_>>(), expected, "{name}");
        let selected = table.count(&Movie::query().filter(condition)).await.unwrap();
        assert_eq!(selected, expected.len() as u64, "{name}: the store selects the same rows");
        let again = table.pull(Pull::named(name).filter(condition)).await.unwrap();
        assert_eq!((again.applied(), again.deleted()), (0, 0), "{name}: {again}");
    }
}
