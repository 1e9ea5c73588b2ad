'use strict';
// Runs NocoDB on loopback: its package has no command, only a main export to be mounted on an express app.
const express = require('express');
const { Noco } = require('nocodb');

const host = process.env.NC_HOST;
const port = Number(process.env.PORT);
const app = express();
app.enable('trust proxy');
app.disable('etag');
app.disable('x-powered-by');
const server = app.listen(port, host, async () => {
  try {
    app.use(await Noco.init({}, server, app));
    console.log(`ready on http://${host}:${port}/dashboard/`);
  } catch (error) {
    console.error(error);
    process.exit(1);
  }
});
