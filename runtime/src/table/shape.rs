//! The shapes of JSON columns, as table documents tell them.

/// Gives the JSON Schema of a JSON column, and adds the types that it names.
pub(crate) type ShapeOf = fn(&mut Shapes) -> String;

/// The named types of JSON columns, as JSON Schema texts by name.
#[derive(Debug, Default)]
pub struct Shapes {
    #[cfg_attr(not(feature = "json-schema"), expect(dead_code, reason = "only documents read it"))]
    pub(crate) defs: Vec<(String, String)>,
}

#[cfg(feature = "json-schema")]
mod probe {
    use std::collections::BTreeMap;
    use std::marker::PhantomData;

    use super::Shapes;

    impl Shapes {
        /// Adds a named type once, and gives the reference to it.
        pub fn define(&mut self, name: &'static str, schema: &str, inner: impl FnOnce(&mut Self)) -> String {
            if !self.defs.iter().any(|(known, _)| known == name) {
                self.defs.push((name.to_owned(), schema.to_owned()));
                inner(self);
            }
            format!("{{\"$ref\":\"#/$defs/{name}\"}}")
        }
    }

    /// A type that tells its JSON Schema: what generated structs inside JSON columns do.
    pub trait JsonShape {
        /// The schema as JSON text.
        fn shape(shapes: &mut Shapes) -> String;
    }

    macro_rules! plain {
        ($($type:ty => $schema:literal),+ $(,)?) => {
            $(impl JsonShape for $type {
                fn shape(_: &mut Shapes) -> String {
                    $schema.to_owned()
                }
            })+
        };
    }

    plain!(
        bool => r#"{"type":"boolean"}"#,
        i64 => r#"{"type":"integer"}"#,
        f64 => r#"{"type":"number"}"#,
        String => r#"{"type":"string"}"#,
        serde_json::Value => "true",
    );

    impl<V: JsonShape> JsonShape for Vec<V> {
        fn shape(shapes: &mut Shapes) -> String {
            match V::shape(shapes).as_str() {
                "true" => r#"{"type":"array"}"#.to_owned(),
                items => format!("{{\"type\":\"array\",\"items\":{items}}}"),
            }
        }
    }

    impl<V: JsonShape> JsonShape for BTreeMap<String, V> {
        fn shape(shapes: &mut Shapes) -> String {
            match V::shape(shapes).as_str() {
                "true" => r#"{"type":"object"}"#.to_owned(),
                values => format!("{{\"type\":\"object\",\"additionalProperties\":{values}}}"),
            }
        }
    }

    impl<V: JsonShape> JsonShape for Option<V> {
        fn shape(shapes: &mut Shapes) -> String {
            or_null(V::shape(shapes))
        }
    }

    /// The schema with null, said as documents say it.
    fn or_null(shape: String) -> String {
        if shape == "true" {
            return shape;
        }
        match shape.strip_prefix("{\"type\":\"").and_then(|rest| rest.split_once('"')) {
            Some((name, rest)) => format!("{{\"type\":[\"{name}\",\"null\"]{rest}"),
            None if shape.starts_with("{\"type\":[") => shape,
            None => format!("{{\"anyOf\":[{shape},{{\"type\":\"null\"}}]}}"),
        }
    }

    /// Stands for a type whose shape is asked for by the strongest trait that it has.
    #[derive(Debug)]
    pub struct Probe<V>(PhantomData<fn() -> V>);

    impl<V> Probe<V> {
        /// Makes the probe.
        #[must_use]
        #[expect(clippy::new_without_default, reason = "generated code names the type")]
        pub fn new() -> Self {
            Self(PhantomData)
        }
    }

    /// The shape by [`JsonShape`].
    pub trait ByShape {
        /// The schema as JSON text.
        fn shape(&self, shapes: &mut Shapes) -> String;
    }

    impl<V: JsonShape> ByShape for &&Probe<V> {
        fn shape(&self, shapes: &mut Shapes) -> String {
            V::shape(shapes)
        }
    }

    /// The shape by schemars.
    pub trait BySchemars {
        /// The schema as JSON text.
        fn shape(&self, shapes: &mut Shapes) -> String;
    }

    impl<V: schemars::JsonSchema> BySchemars for &Probe<V> {
        fn shape(&self, shapes: &mut Shapes) -> String {
            let settings = schemars::generate::SchemaSettings::draft2020_12().with(|settings| {
                settings.meta_schema = None;
                settings.inline_subschemas = true;
            });
            let mut generator = settings.clone().into_generator();
            let schema = generator.subschema_for::<V>();
            // Only types that contain themselves have no schema in place.
            let recursive = generator.take_definitions(true);
            if recursive.is_empty() {
                return settings.into_generator().into_root_schema_for::<V>().as_value().to_string();
            }
            let is_itself = !V::inline_schema() && recursive.contains_key(&*V::schema_name());
            for (name, definition) in recursive {
                let definition = (name, definition.to_string());
                if !shapes.defs.contains(&definition) {
                    shapes.defs.push(definition);
                }
            }
            if is_itself {
                format!("{{\"$ref\":\"#/$defs/{}\"}}", V::schema_name())
            } else {
                schema.as_value().to_string()
            }
        }
    }

    /// No shape is known: any JSON.
    pub trait Unknown {
        /// The schema as JSON text.
        fn shape(&self, shapes: &mut Shapes) -> String;
    }

    impl<V> Unknown for Probe<V> {
        fn shape(&self, _: &mut Shapes) -> String {
            "true".to_owned()
        }
    }
}

#[cfg(feature = "json-schema")]
pub use probe::{BySchemars, ByShape, JsonShape, Probe, Unknown};

/// The function that tells the JSON Schema of a type; none without the feature `json-schema`.
#[cfg(feature = "json-schema")]
#[doc(hidden)]
#[macro_export]
macro_rules! __shape {
    ($type:ty) => {
        ::core::option::Option::Some(|shapes| {
            #[allow(unused_imports)]
            use $crate::__private::{BySchemars as _, ByShape as _, Unknown as _};
            (&&&$crate::__private::Probe::<$type>::new()).shape(shapes)
        })
    };
}

/// The function that tells the JSON Schema of a type; none without the feature `json-schema`.
#[cfg(not(feature = "json-schema"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __shape {
    ($type:ty) => {
        ::core::option::Option::None
    };
}

/// Lets a generated struct inside JSON columns tell its schema, with the feature `json-schema`.
#[cfg(feature = "json-schema")]
#[doc(hidden)]
#[macro_export]
macro_rules! __json_shape {
    ($type:ident, $name:literal, $schema:literal, [$($member:ty),* $(,)?]) => {
        #[automatically_derived]
        impl $crate::__private::JsonShape for $type {
            fn shape(shapes: &mut $crate::__private::Shapes) -> ::std::string::String {
                #[allow(unused_imports)]
                use $crate::__private::{BySchemars as _, ByShape as _, Unknown as _};
                shapes.define($name, $schema, |shapes| {
                    let _ = &shapes;
                    $(let _ = (&&&$crate::__private::Probe::<$member>::new()).shape(shapes);)*
                })
            }
        }
    };
}

/// Lets a generated struct inside JSON columns tell its schema, with the feature `json-schema`.
#[cfg(not(feature = "json-schema"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __json_shape {
    ($type:ident, $name:literal, $schema:literal, [$($member:ty),* $(,)?]) => {};
}
