// Validates CSAF documents with the schema, the mandatory and the optional tests of CSAF 2.0. The optional tests that may
// speak, each with its reason in docs/decisions/0012-what-a-release-states.md, are those in `reasoned`.
import { readFileSync } from 'node:fs'
import validate from '@secvisogram/csaf-validator-lib/validate.js'
import * as mandatory from '@secvisogram/csaf-validator-lib/mandatoryTests.js'
import * as optional from '@secvisogram/csaf-validator-lib/optionalTests.js'
import { csaf_2_0_strict } from '@secvisogram/csaf-validator-lib/schemaTests.js'

const reasoned = ['6_2_2', '6_2_3', '6_2_10', '6_2_11'].map((number) => `optionalTest_${number}`)
const tests = [csaf_2_0_strict, ...Object.values(mandatory), ...Object.values(optional)]
const files = process.argv.slice(2)
let mistakes = 0
for (const file of files) {
  const result = await validate(tests, JSON.parse(readFileSync(file, 'utf8')))
  for (const test of result.tests) {
    const said = [...test.errors, ...(reasoned.includes(test.name) ? [] : test.warnings)]
    for (const { instancePath, message } of said) {
      console.error(`${file}: ${test.name}: ${instancePath}: ${message}`)
      mistakes += 1
    }
  }
  if (!result.isValid && mistakes === 0) {
    console.error(`${file}: the validator refuses it without a reason`)
    mistakes += 1
  }
}
if (files.length === 0 || mistakes > 0) {
  console.error(`${mistakes} mistakes in ${files.length} CSAF documents`)
  process.exit(1)
}
console.log(`${files.length} CSAF documents are valid; ${tests.length} tests each`)
