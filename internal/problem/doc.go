// Package problem holds the one list of everything that can go wrong for a
// user: each code with its HTTP status, its title and what to do about it.
//
// [From] turns any error into a [Problem], the problem document of RFC 9457.
// An error nobody foresaw becomes the code "internal", without its text: what
// went wrong inside stays in the log. [Catalogue] is the list itself, which the
// pages at /problems/{code} show.
package problem
