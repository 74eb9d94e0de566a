//! Parses filters and orders by recursive descent.

use super::super::value::{Kind, Value, parse_base64, parse_date, parse_guid, parse_instant, parse_time};
use super::lexer::{Lexer, Token};
use super::{BinaryOperator, Expr, ExprNode, Function, Grammar, Limits, Literal, OrderKey, QueryError};

mod names;

use names::{edm_kind, function_named};

/// Parses the decoded text of `$filter`.
///
/// # Errors
/// When the text is not of the grammar, or is larger than the limits allow.
pub fn parse_filter(text: &str, grammar: Grammar, limits: Limits) -> Result<Expr, QueryError> {
    let mut parser = Parser::new("$filter", text, grammar, limits)?;
    let expr = parser.disjunction()?;
    parser.expect_end()?;
    Ok(expr)
}

/// Parses the decoded text of `$orderby`.
///
/// # Errors
/// When the text is not of the grammar, or is larger than the limits allow.
pub fn parse_order(text: &str, grammar: Grammar, limits: Limits) -> Result<Vec<OrderKey>, QueryError> {
    let mut parser = Parser::new("$orderby", text, grammar, limits)?;
    let mut keys = Vec::new();
    loop {
        let expr = parser.sum()?;
        let descending = match &parser.token {
            Token::Word(word) if word == "asc" || word == "desc" => {
                let descending = word == "desc";
                parser.advance()?;
                descending
            }
            _ => false,
        };
        keys.push(OrderKey { expr, descending });
        if parser.token != Token::Comma {
            break;
        }
        parser.advance()?;
    }
    parser.expect_end()?;
    Ok(keys)
}

struct Parser<'a> {
    option: &'static str,
    lexer: Lexer<'a>,
    token: Token,
    at: usize,
    grammar: Grammar,
    limits: Limits,
    nodes: usize,
    depth: usize,
    /// Operators that make the expression deeper without parentheses, save `and` and `or`.
    links: usize,
    /// An argument of `replace` is being read.
    in_replace: bool,
}

impl<'a> Parser<'a> {
    fn new(option: &'static str, text: &'a str, grammar: Grammar, limits: Limits) -> Result<Self, QueryError> {
        let mut lexer = Lexer::new(option, text);
        let (token, at) = lexer.next()?;
        Ok(Self { option, lexer, token, at, grammar, limits, nodes: 0, depth: 0, links: 0, in_replace: false })
    }

    fn advance(&mut self) -> Result<Token, QueryError> {
        let (token, at) = self.lexer.next()?;
        self.at = at;
        Ok(std::mem::replace(&mut self.token, token))
    }

    fn error<T>(&self, at: usize, message: impl Into<String>) -> Result<T, QueryError> {
        Err(QueryError::new(self.option, at, message))
    }

    fn expect_end(&self) -> Result<(), QueryError> {
        if self.token == Token::End {
            return Ok(());
        }
        self.error(self.at, format!("Syntax error at position {} in '{}'.", self.at, self.lexer.source()))
    }

    /// Counts nodes as the .NET servers do: a member counts with the row it is read from, a comparison with its conversion.
    fn count(&mut self, nodes: usize) -> Result<(), QueryError> {
        self.nodes += nodes;
        if self.nodes > self.limits.nodes {
            return self.error(self.at, format!("The node count limit of '{}' has been exceeded.", self.limits.nodes));
        }
        Ok(())
    }

    fn descend(&mut self) -> Result<(), QueryError> {
        self.depth += 1;
        if self.depth > self.limits.depth {
            return self.error(self.at, format!("The depth limit of '{}' has been exceeded.", self.limits.depth));
        }
        Ok(())
    }

    fn word(&self) -> &str {
        match &self.token {
            Token::Word(word) => word,
            _ => "",
        }
    }

    fn binary_level(
        &mut self,
        operators: &[(&str, BinaryOperator)],
        nodes: usize,
        operand: fn(&mut Self) -> Result<Expr, QueryError>,
    ) -> Result<Expr, QueryError> {
        let mut left = operand(self)?;
        while let Some((_, operator)) = operators.iter().find(|(word, _)| *word == self.word()) {
            self.link()?;
            self.advance()?;
            self.count(nodes)?;
            let right = operand(self)?;
            left = Expr { at: left.at, node: ExprNode::Binary(*operator, Box::new(left), Box::new(right)) };
        }
        Ok(left)
    }

    /// Counts a link of a chain, which makes the tree deeper; a single comparison is none.
    ///
    /// The tree is walked by functions that call themselves, so links and levels together have to fit into the stack of a thread.
    fn link(&mut self) -> Result<(), QueryError> {
        self.links += 1;
        if self.links > self.limits.depth {
            return self.error(self.at, format!("The depth limit of '{}' has been exceeded.", self.limits.depth));
        }
        Ok(())
    }

    /// Reads a chain of `and` or `or` as a tree that is no deeper than it has to be: chains of ids are long.
    fn logical_level(
        &mut self,
        word: &str,
        operator: BinaryOperator,
        operand: fn(&mut Self) -> Result<Expr, QueryError>,
    ) -> Result<Expr, QueryError> {
        // The operands stand beside each other: the deepest of them counts.
        let links = self.links;
        let first = operand(self)?;
        let mut deepest = self.links;
        if self.word() != word {
            return Ok(first);
        }
        let mut parts = vec![first];
        while self.word() == word {
            self.advance()?;
            self.count(1)?;
            self.links = links;
            parts.push(operand(self)?);
            deepest = deepest.max(self.links);
        }
        self.links = deepest;
        Ok(balanced(operator, parts))
    }

    fn disjunction(&mut self) -> Result<Expr, QueryError> {
        self.logical_level("or", BinaryOperator::Or, Self::conjunction)
    }

    fn conjunction(&mut self) -> Result<Expr, QueryError> {
        self.logical_level("and", BinaryOperator::And, Self::comparison)
    }

    fn comparison(&mut self) -> Result<Expr, QueryError> {
        const OPERATORS: [(&str, BinaryOperator); 6] = [
            ("eq", BinaryOperator::Equal),
            ("ne", BinaryOperator::NotEqual),
            ("lt", BinaryOperator::Less),
            ("le", BinaryOperator::LessOrEqual),
            ("gt", BinaryOperator::Greater),
            ("ge", BinaryOperator::GreaterOrEqual),
        ];
        let links = self.links;
        let left = self.binary_level(&OPERATORS, 2, Self::sum)?;
        if matches!(left.node, ExprNode::Binary(..)) && self.links == links + 1 {
            self.links = links;
        }
        if self.word() != "in" || self.grammar == Grammar::V3 {
            return Ok(left);
        }
        self.advance()?;
        self.count(2)?;
        self.expect(&Token::Open, "'('")?;
        let mut list = Vec::new();
        if self.token != Token::Close {
            loop {
                // The list is one node whatever its length; the length of the request bounds it.
                let nodes = self.nodes;
                let item = self.sum()?;
                self.nodes = nodes;
                list.push(item);
                if self.token != Token::Comma {
                    break;
                }
                self.advance()?;
            }
        }
        self.expect(&Token::Close, "')' or ','")?;
        Ok(Expr { at: left.at, node: ExprNode::In(Box::new(left), list) })
    }

    fn sum(&mut self) -> Result<Expr, QueryError> {
        self.binary_level(&[("add", BinaryOperator::Add), ("sub", BinaryOperator::Sub)], 1, Self::product)
    }

    fn product(&mut self) -> Result<Expr, QueryError> {
        const OPERATORS: [(&str, BinaryOperator); 3] =
            [("mul", BinaryOperator::Mul), ("div", BinaryOperator::Div), ("mod", BinaryOperator::Mod)];
        self.binary_level(&OPERATORS, 1, Self::unary)
    }

    fn unary(&mut self) -> Result<Expr, QueryError> {
        let at = self.at;
        let negate = self.token == Token::Minus;
        if !negate && self.word() != "not" {
            return self.primary();
        }
        self.advance()?;
        self.descend()?;
        let operand = self.unary()?;
        self.depth -= 1;
        if !negate {
            self.count(1)?;
            return Ok(Expr { at, node: ExprNode::Not(Box::new(operand)) });
        }
        let negated = match &operand.node {
            ExprNode::Literal(Literal(Value::Int(number))) => number.checked_neg().map(Value::Int),
            ExprNode::Literal(Literal(Value::Double(number))) => Some(Value::Double(-number)),
            // The smallest 64-bit number has no positive counterpart and was read as a decimal.
            ExprNode::Literal(Literal(Value::Decimal(number))) => Some(match number.negated().to_string().as_str() {
                "-9223372036854775808" => Value::Int(i64::MIN),
                _ => Value::Decimal(number.negated()),
            }),
            _ => None,
        };
        match negated {
            Some(value) => Ok(Expr { at, node: ExprNode::Literal(Literal(value)) }),
            None => {
                self.count(1)?;
                Ok(Expr { at, node: ExprNode::Negate(Box::new(operand)) })
            }
        }
    }

    fn expect(&mut self, token: &Token, what: &str) -> Result<(), QueryError> {
        if self.token != *token {
            return self
                .error(self.at, format!("{what} expected at position {} in '{}'.", self.at, self.lexer.source()));
        }
        self.advance()?;
        Ok(())
    }

    fn primary(&mut self) -> Result<Expr, QueryError> {
        let at = self.at;
        match self.advance()? {
            Token::Open => {
                self.descend()?;
                let inner = self.disjunction()?;
                self.depth -= 1;
                self.expect(&Token::Close, "')' or operator")?;
                Ok(inner)
            }
            Token::Literal(literal) => {
                self.count(1)?;
                let kind = literal.0.kind();
                // OData v3 writes these with the name of their type.
                if self.grammar == Grammar::V3 && matches!(kind, Kind::Instant | Kind::Date | Kind::Time | Kind::Guid) {
                    return self.error(at, format!("Operator expected: a plain {kind} is not a literal"));
                }
                Ok(Expr { at, node: ExprNode::Literal(literal) })
            }
            Token::Prefixed(prefix, text) => {
                self.count(1)?;
                let value = self.prefixed(at, &prefix, &text)?;
                Ok(Expr { at, node: ExprNode::Literal(Literal(value)) })
            }
            Token::Word(word) => {
                let constant = match word.as_str() {
                    "null" => Some(Value::Null),
                    "true" => Some(Value::Bool(true)),
                    "false" => Some(Value::Bool(false)),
                    _ => None,
                };
                if let Some(value) = constant {
                    self.count(1)?;
                    return Ok(Expr { at, node: ExprNode::Literal(Literal(value)) });
                }
                if self.token == Token::Open {
                    return self.call(at, &word);
                }
                self.count(2)?;
                Ok(Expr { at, node: ExprNode::Member(word) })
            }
            Token::Close | Token::Comma | Token::Minus | Token::End => {
                self.error(at, format!("Expression expected at position {at} in '{}'.", self.lexer.source()))
            }
        }
    }

    fn prefixed(&self, at: usize, prefix: &str, text: &str) -> Result<Value, QueryError> {
        let v3 = self.grammar == Grammar::V3;
        let dates = self.grammar != Grammar::V4;
        let value = match prefix {
            "datetimeoffset" | "datetime" if dates => parse_instant(text).map(Value::Instant),
            "guid" if v3 => parse_guid(text).map(Value::Guid),
            "time" if v3 => parse_time(text).map(Value::Time),
            "binary" => parse_base64(text).map(Value::Bytes),
            _ => None,
        };
        match value {
            Some(value) => Ok(value),
            None => self.error(
                at,
                format!("Unrecognized 'Edm.String' literal '{prefix}'{text}'' at '{at}' in '{}'.", self.lexer.source()),
            ),
        }
    }

    fn call(&mut self, at: usize, name: &str) -> Result<Expr, QueryError> {
        self.descend()?;
        self.count(1)?;
        self.expect(&Token::Open, "'('")?;
        if name == "cast" && self.grammar != Grammar::V3 {
            let operand = self.disjunction()?;
            self.expect(&Token::Comma, "','")?;
            let kind = match edm_kind(self.word()) {
                Some(kind) => kind,
                None => return self.error(self.at, format!("The type '{}' of a cast is unknown.", self.word())),
            };
            self.advance()?;
            self.expect(&Token::Close, "')'")?;
            self.depth -= 1;
            return self.fold_cast(at, operand, kind);
        }
        let Some((function, least, most)) = function_named(name, self.grammar) else {
            return self.error(
                at,
                format!(
                    "An unknown function with name '{name}' was found. This may also be a function import or a key lookup on a navigation property, which is not allowed."
                ),
            );
        };
        // Observed of the Node backend; nested, each `replace` would multiply the length of what the next one gets.
        let outer = self.in_replace;
        if function == Function::Replace && std::mem::replace(&mut self.in_replace, true) {
            return self.error(at, "replace cannot be an argument of replace");
        }
        let mut arguments = Vec::new();
        while self.token != Token::Close {
            if !arguments.is_empty() {
                self.expect(&Token::Comma, "')' or ','")?;
            }
            arguments.push(self.disjunction()?);
        }
        self.advance()?;
        self.depth -= 1;
        self.in_replace = outer;
        if !(least..=most).contains(&arguments.len()) {
            return self.error(
                at,
                format!("No function signature for the function with name '{name}' has {} arguments.", arguments.len()),
            );
        }
        if name == "substringof" {
            arguments.swap(0, 1);
        }
        Ok(Expr { at, node: ExprNode::Call(function, arguments) })
    }

    /// Reads a cast of a constant as the constant: `cast(2024-01-02T03:04:05.678Z,Edm.DateTimeOffset)` is how clients write an instant.
    fn fold_cast(&self, at: usize, operand: Expr, kind: Kind) -> Result<Expr, QueryError> {
        let ExprNode::Literal(Literal(value)) = &operand.node else {
            return Ok(Expr { at, node: ExprNode::Cast(Box::new(operand), kind) });
        };
        let folded = match (value, kind) {
            (value, kind) if value.kind() == kind || value.is_null() => Some(value.clone()),
            (Value::Date(days), Kind::Instant) => Some(Value::Instant(days * super::super::value::TICKS_PER_DAY)),
            (Value::Text(text), Kind::Instant) => parse_instant(text).map(Value::Instant),
            (Value::Text(text), Kind::Date) => parse_date(text).map(Value::Date),
            (Value::Text(text), Kind::Time) => parse_time(text).map(Value::Time),
            (Value::Text(text), Kind::Guid) => parse_guid(text).map(Value::Guid),
            (Value::Guid(text), Kind::Text) => Some(Value::Text(text.clone())),
            _ => return Ok(Expr { at, node: ExprNode::Cast(Box::new(operand), kind) }),
        };
        match folded {
            Some(value) => Ok(Expr { at, node: ExprNode::Literal(Literal(value)) }),
            None => self.error(at, format!("the constant cannot be cast to {kind}")),
        }
    }
}

/// Joins operands pair by pair.
fn balanced(operator: BinaryOperator, mut parts: Vec<Expr>) -> Expr {
    loop {
        let mut pairs = Vec::with_capacity(parts.len().div_ceil(2));
        let mut rest = parts.into_iter();
        while let Some(left) = rest.next() {
            pairs.push(match rest.next() {
                Some(right) => Expr { at: left.at, node: ExprNode::Binary(operator, Box::new(left), Box::new(right)) },
                None => left,
            });
        }
        match <[Expr; 1]>::try_from(pairs) {
            Ok([whole]) => return whole,
            Err(more) => parts = more,
        }
    }
}

#[cfg(test)]
mod tests;
