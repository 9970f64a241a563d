package spec

import "github.com/getkin/kin-openapi/openapi3"

// CheckBody holds a body, decoded by [DecodeJSON], against a schema of any
// contract, those of the systems or another.
func CheckBody(schema *openapi3.Schema, value any) []Finding {
	return checkValue("body", schema, value)
}

// CheckParameter holds the text of a parameter that a request gives against
// its schema.
func CheckParameter(p *openapi3.Parameter, text string) []Finding {
	return checkParameter(p, text, true)
}
