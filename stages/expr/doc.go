// Package expr is the expression language.
package expr
