// SPDX-License-Identifier: Apache-2.0
import { appElement } from './frame';

appElement();
